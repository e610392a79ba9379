"""What a sequence model is made of, and the checks that all of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import nn

from rnnviz_widget.engines import Network
from rnnviz_widget.scene.tokens import Tokens

from .symbols import Symbols, Tokenize, check_name, read_symbols
from .truth import Answering, Truth

_TRUTHS = ("next", "same", "word", "none")


@dataclass(frozen=True)
class ModelParts:
    """What a `SequenceModel` is made of; see its arguments.

    Attributes:
        labels: Its names.
        network: Runs the module.
        read: Maps a text to its tokens.
        unit: The unit of the one number that it gives; None: it has classes.
        answering: Finds the right answers, where that is more than `labels.truth` says.
    """

    labels: Labels
    network: Network
    read: Callable[[str], Tokens]
    unit: str | None
    tokenize: Tokenize | None = None
    unknown: str | None = None
    text: str | None = None
    answering: Answering | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Labels:
    """The names of a model, of its inputs and of its classes, and what is right.

    Attributes:
        inputs: The input symbols, in id order.
        outputs: The output classes, in id order.
        name: What the page calls it.
        truth: What the right answer is at each position.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    name: str
    truth: Truth

    @classmethod
    def checked(
        cls,
        module: nn.Module,
        inputs: tuple[str, ...],
        outputs: Symbols,
        name: str | None,
        truth: Truth,
    ) -> Labels:
        """Check what a user has given.

        Raises:
            TypeError, ValueError: If classes or the name can't be shown, or there is no such truth.
        """
        classes = read_symbols(outputs, "outputs")
        name = type(module).__name__ if name is None else check_name(name)
        if not (truth is None or callable(truth) or truth in _TRUTHS):
            raise ValueError(
                f'truth must be "next", "same", "word", "none" or a callable; got {truth!r}'
            )
        default = "next" if classes == inputs else "none"
        return cls(inputs, classes, name, default if truth is None else truth)


def checked_unit(network: Network, truth: Truth, unit: str | None) -> str | None:
    """The unit of the one number that a network gives, "" if it has none; None: it has classes.

    Raises:
        TypeError: If the unit is no text.
        ValueError: If it is of what is no number, or a class is true where there are none.
    """
    if unit is not None and not isinstance(unit, str):
        raise TypeError(f'unit must be text, such as "EUR"; got {unit!r}')
    if not network.capabilities.one_number:
        if unit is not None:
            count = network.capabilities.classes
            raise ValueError(
                f"unit={unit!r} is of a module that gives one number, and this one has {count} "
                f"output {'classes' if count > 1 else 'class'} with a probability; leave it out"
            )
        return None
    if truth not in (None, "none"):
        raise ValueError(
            "truth= says which class is right, and this module gives one number and no "
            'classes; leave it out. Where that is the log-odds of a class, returns="log_odds"'
        )
    return unit or ""
