"""What a person types; a file a subcommand, imported when it runs."""
