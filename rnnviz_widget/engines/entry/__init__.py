"""Where a text enters a network: an embedding, another look-up, or vectors as they are."""

from .entry import Entry, Vectors
from .find import Given, Seen, check_ids, find_entry, name_of, watching
from .lookup import Looked

__all__ = [
    "Entry",
    "Given",
    "Looked",
    "Seen",
    "Vectors",
    "check_ids",
    "find_entry",
    "name_of",
    "watching",
]
