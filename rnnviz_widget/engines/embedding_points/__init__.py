"""Where a text enters a network: an embedding, another look-up, or vectors as they are."""

from .arrangement import Arrangement
from .entry import Entry, Vectors, vectors_of
from .find import Found, Given, check_ids, find_entry, name_of
from .lookup import Looked
from .pieces import Instead, OtherIdsError, Pieces, Record, RecordedError
from .sites import Seen, watching

__all__ = [
    "Arrangement",
    "Entry",
    "Found",
    "Given",
    "Instead",
    "Looked",
    "OtherIdsError",
    "Pieces",
    "Record",
    "RecordedError",
    "Seen",
    "Vectors",
    "check_ids",
    "find_entry",
    "name_of",
    "vectors_of",
    "watching",
]
