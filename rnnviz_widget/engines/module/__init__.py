"""A module of a user: copied, called, and what is known of it."""
