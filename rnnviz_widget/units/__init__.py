"""Checks of recurrent and arithmetic units: at the start, on data, and while they are trained."""

from .check import check_unit
from .record import Finding, GateFigures, Moments, TriedChange, UnitCheck

__all__ = ["Finding", "GateFigures", "Moments", "TriedChange", "UnitCheck", "check_unit"]
