"""Measures that are more than one gradient."""
