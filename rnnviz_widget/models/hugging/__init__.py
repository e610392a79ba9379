"""Models of Hugging Face transformers: what `SequenceModel` needs of them and their tokenizers."""

from .build import Parts, parts_of
from .pieces import PairReader
from .writing import text_of

__all__ = ["PairReader", "Parts", "parts_of", "text_of"]
