"""A user's module: its private copy, how it is called, and what experiments show of it."""
