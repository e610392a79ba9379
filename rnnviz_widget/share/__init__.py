"""Widgets without a kernel: saved pages, frozen outputs and converted notebooks."""

from .live import Precision, live_message
from .page import SCHEMES, PageTheme, Shared, code, document, output, script
from .state import OPTIONS, TRAITS, hollow, of_notebook, saved, size_of_replies, to_json

__all__ = [
    "OPTIONS",
    "SCHEMES",
    "TRAITS",
    "PageTheme",
    "Precision",
    "Shared",
    "code",
    "document",
    "hollow",
    "live_message",
    "of_notebook",
    "output",
    "saved",
    "script",
    "size_of_replies",
    "to_json",
]
