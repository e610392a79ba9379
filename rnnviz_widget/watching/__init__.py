"""Trainings that are followed while they run: checkpoints, what is measured of them, and curves."""

from .checkpoint_folder import CheckpointFolder, TrainingCheckpoint
from .log import log
from .stored_weights import CheckpointError
from .training_watch import TrainingWatch
from .watch import watch

__all__ = [
    "CheckpointError",
    "CheckpointFolder",
    "TrainingCheckpoint",
    "TrainingWatch",
    "log",
    "watch",
]
