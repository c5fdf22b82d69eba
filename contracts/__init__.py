"""Contract checks and client fuzzing; reaches a mock only as any client would."""
