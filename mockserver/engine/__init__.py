"""DECIDE: one exchange on its way from request to reply; synchronous, without transport."""
