"""Trainings that are followed while they run: checkpoints, what is measured of them, and curves."""

from .checkpoint_folder import CheckpointFolder, TrainingCheckpoint
from .log import log
from .stored_weights import CheckpointError
from .training_watch import TrainingWatch
from .watch import watch
from .weights_when_needed import checkpoints_of

__all__ = [
    "CheckpointError",
    "CheckpointFolder",
    "TrainingCheckpoint",
    "TrainingWatch",
    "checkpoints_of",
    "log",
    "watch",
]
