"""Checks of recurrent and arithmetic units: at the start, on data, and while they are trained."""

from .check import check_unit
from .gradients_by_step import gradients_by_step
from .step_gradients import StepGradients
from .unit_check import Finding, GateFigures, Moments, TriedChange, UnitCheck

__all__ = [
    "Finding",
    "GateFigures",
    "Moments",
    "StepGradients",
    "TriedChange",
    "UnitCheck",
    "check_unit",
    "gradients_by_step",
]
