"""Widgets without a kernel: saved pages and outputs, notebooks as pages."""

from .page import Shared, document, output
from .state import TRAITS, saved_status, to_json

__all__ = ["TRAITS", "Shared", "document", "output", "saved_status", "to_json"]
