"""Widgets without a kernel: saved pages and outputs, notebooks as pages."""

from .page import Shared, code, document, output, script
from .state import TRAITS, hollow, of_notebook, saved, to_json

__all__ = [
    "TRAITS",
    "Shared",
    "code",
    "document",
    "hollow",
    "of_notebook",
    "output",
    "saved",
    "script",
    "to_json",
]
