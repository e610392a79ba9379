"""Models of Hugging Face transformers: what `SequenceModel` needs of them and their tokenizers."""

from .constructor import from_transformers
from .writing import text_of

__all__ = ["from_transformers", "text_of"]
