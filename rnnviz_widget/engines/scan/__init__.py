"""Recurrences that are linear in their state, as a few scans: the rest is autograd's."""
