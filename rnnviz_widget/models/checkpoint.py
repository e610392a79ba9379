"""A trained autocomplete model as one safetensors file: weights, shape and vocabulary."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes

from rnnviz_widget.files import write_whole
from rnnviz_widget.models.autocomplete import Autocomplete
from rnnviz_widget.models.sequence import SequenceModel

KIND = "rnnviz_widget autocomplete 1"
_WRITE = "Such files are written by python -m rnnviz_widget.training export"


@dataclass(frozen=True)
class Trained:
    """A trained model with its vocabulary.

    Attributes:
        module: The model, in float32 and eval mode.
        symbols: Its input symbols in id order.
        classes: Its words in class order.
        about: How it was trained, on what and for how long; anything that JSON can hold.
    """

    module: Autocomplete
    symbols: str
    classes: list[str]
    about: dict[str, Any] = field(default_factory=dict)

    def sequence_model(self, name: str) -> SequenceModel:
        """The model to explore: characters in, the word being typed out."""
        return SequenceModel(self.module, self.symbols, self.classes, name=name, truth="word")


def save(path: Path, trained: Trained) -> None:
    """Write a model in half precision; the file is complete or not there at all.

    Raises:
        ValueError: If there are not as many symbols or classes as the model has, or a weight does
            not fit into half precision.
    """
    config = trained.module.config
    for name, number in (("symbols", len(trained.symbols)), ("classes", len(trained.classes))):
        if number != config[name]:
            raise ValueError(f"the model has {config[name]} {name}, but {number} were given")
    tensors = {
        name: value.detach().to("cpu", torch.float16).contiguous()
        for name, value in trained.module.state_dict().items()
    }
    for name, value in tensors.items():
        if not bool(torch.isfinite(value).all()):
            raise ValueError(f"{name} has values that half precision cannot hold")
    metadata = {
        "kind": KIND,
        "config": json.dumps(config),
        "symbols": json.dumps(trained.symbols),
        "classes": json.dumps(trained.classes),
        "about": json.dumps(trained.about),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, to_bytes(tensors, metadata))


def load(path: Path) -> Trained:
    """Read a model back, as float32 on the CPU.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is cut off, of another kind, or inconsistent.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no model at {path}: expected a safetensors file. {_WRITE}")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (not a mapping)
    except SafetensorError as error:
        raise ValueError(
            f"{path} cannot be read as safetensors ({error}); it may be cut off. Fetch or export "
            f"it again"
        ) from error
    if metadata.get("kind") != KIND:
        raise ValueError(
            f"{path} is of the kind {metadata.get('kind')!r}, expected {KIND!r}. {_WRITE}"
        )
    missing = [name for name in ("config", "symbols", "classes", "about") if name not in metadata]
    if missing:
        raise ValueError(f"{path} lacks {', '.join(missing)} in its metadata. {_WRITE}")
    try:
        config, symbols, classes, about = (
            json.loads(metadata[name]) for name in ("config", "symbols", "classes", "about")
        )
        with torch.random.fork_rng(devices=[]):  # making a module draws numbers
            module = Autocomplete(**config)
        module.load_state_dict(tensors)
    except (ValueError, TypeError, RuntimeError) as error:
        raise ValueError(
            f"{path} does not fit together: expected the weights of the model that its metadata "
            f"describes, but {error}. {_WRITE}"
        ) from error
    if len(symbols) != config["symbols"] or len(classes) != config["classes"]:
        raise ValueError(
            f"{path} names {len(symbols)} symbols and {len(classes)} classes, expected "
            f"{config['symbols']} and {config['classes']}. {_WRITE}"
        )
    return Trained(module.eval(), symbols, classes, about)
