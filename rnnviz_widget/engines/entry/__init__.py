"""Where a text enters a network: an embedding, another look-up, or vectors as they are."""

from .entry import Entry, Vectors
from .find import Seen, check_ids, find_entry, name_of, watching

__all__ = ["Entry", "Seen", "Vectors", "check_ids", "find_entry", "name_of", "watching"]
