"""Holding measures to account: what they say against what a model does when it is really run."""

from .check import check
from .figures import Check

__all__ = ["Check", "check"]
