"""Where a text enters a network: at an embedding, at another look-up, or as vectors."""

from .arrangement import Arrangement
from .embedding_point import EmbeddingPoint, Vectors, vectors_of
from .find import FoundPoint, GivenEmbedding, Name, check_ids, find_embedding_point, name_of
from .lookup import LookUpCall
from .sites import SeenLookUps, watching
from .substitutes import EmbeddedTokens, LookUpRecord, OtherIdsError, RecordedError, Substitute

__all__ = [
    "Arrangement",
    "EmbeddedTokens",
    "EmbeddingPoint",
    "FoundPoint",
    "GivenEmbedding",
    "LookUpCall",
    "LookUpRecord",
    "Name",
    "OtherIdsError",
    "RecordedError",
    "SeenLookUps",
    "Substitute",
    "Vectors",
    "check_ids",
    "find_embedding_point",
    "name_of",
    "vectors_of",
    "watching",
]
