"""Widgets without a kernel: saved pages and outputs, notebooks as pages."""

from .page import Shared, document, output
from .state import TRAITS, hollow, saved, to_json

__all__ = ["TRAITS", "Shared", "document", "hollow", "output", "saved", "to_json"]
