"""The parts of a sequence model, and checks of the arguments that all constructors share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import nn

from rnnviz_widget.calls import did_you_mean
from rnnviz_widget.engines import Network, look_for_loops
from rnnviz_widget.scene.tokens import Tokens

from .symbols import Symbols, Tokenize, check_name, read_symbols
from .truth import Answering, Truth

_TRUTHS = ("next", "same", "word", "none")


@dataclass(frozen=True)
class ModelParts:
    """The parts of a `SequenceModel`; see its arguments for those not listed here.

    Attributes:
        labels: Its names.
        network: Runs the module.
        read: Maps a text to its tokens.
        unit: The unit of the one number that it gives; None: it has classes.
        answering: Finds the right answers, if `labels.truth` does not say all.
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

    def __post_init__(self) -> None:
        # Now, so that no pass is made for that when a text is opened.
        look_for_loops(self.network)


@dataclass(frozen=True)
class Labels:
    """The names of a model, its inputs and its classes, and what the right answer is.

    Attributes:
        inputs: The input symbols, in id order.
        outputs: The output classes, in id order.
        name: What the page calls the model.
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
        """Check a user's arguments.

        Raises:
            TypeError, ValueError: If classes or name can't be shown, or there is no such truth.
        """
        classes = read_symbols(outputs, "outputs")
        name = type(module).__name__ if name is None else check_name(name)
        if not (truth is None or callable(truth) or truth in _TRUTHS):
            raise ValueError(
                f'truth must be "next", "same", "word", "none" or a callable; got {truth!r}'
                f"{did_you_mean(truth, _TRUTHS)}"
            )
        default = "next" if classes == inputs else "none"
        return cls(inputs, classes, name, default if truth is None else truth)


def checked_unit(network: Network, truth: Truth, unit: str | None) -> str | None:
    """The unit of the one number that a network gives, "" if none; None: it has classes.

    Raises:
        TypeError: If the unit is no text.
        ValueError: If there is a unit but no number, or a truth but no classes.
    """
    if unit is not None and not isinstance(unit, str):
        raise TypeError(f'unit must be text, such as "EUR"; got {unit!r}')
    if not network.capabilities.one_number:
        if unit is not None:
            count = network.capabilities.classes
            raise ValueError(
                f"unit={unit!r} is for a module that gives one number, but this one has {count} "
                f"output {'classes' if count > 1 else 'class'} with a probability; leave it out"
            )
        return None
    if truth not in (None, "none"):
        raise ValueError(
            "truth= says which class is right, but this module gives one number and no classes; "
            'leave it out. If the number is the log-odds of a class, pass returns="log_odds"'
        )
    return unit or ""
