"""Models of Hugging Face transformers and their tokenizers as `SequenceModel`s."""

from .constructor import from_transformers
from .writing import text_of

__all__ = ["from_transformers", "text_of"]
