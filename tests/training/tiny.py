"""A run that takes a second, and how two of them are compared."""

import json

import torch

from rnnviz_widget.training import train
from rnnviz_widget.training.settings import Settings

TINY = Settings(
    units=8,
    embedding_size=4,
    classes=15,
    characters=4 * 30 * 20,
    streams=4,
    length=30,
    forget=0.2,
    candidates=4,
)


def same(ours, theirs, note="", path=""):
    """Asserts that two nests of dicts, lists and tensors are equal, bit for bit."""
    assert type(ours) is type(theirs), (path, note)
    if isinstance(ours, torch.Tensor):
        assert ours.dtype == theirs.dtype, (path, note)
        assert torch.equal(ours, theirs), (path, note)
    elif isinstance(ours, dict):
        assert ours.keys() == theirs.keys(), (path, note)
        for key, value in ours.items():
            same(value, theirs[key], note, f"{path}/{key}")
    elif isinstance(ours, list | tuple):
        assert len(ours) == len(theirs), (path, note)
        for place, pair in enumerate(zip(ours, theirs, strict=True)):
            same(*pair, note, f"{path}/{place}")
    else:
        assert ours == theirs, (path, note)


def log_of(folder):
    """The lines of a log, without the seconds."""
    found = [json.loads(line) for line in (folder / train.LOG).read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "seconds"} for line in found]
