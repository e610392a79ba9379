"""Targets: which output class is explained at each position, or the contrast of which two."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from rnnviz_widget.calls import did_you_mean
from rnnviz_widget.engines import ClassOrPair

from .symbols import shown_symbols
from .truth import TrueClass
from .unit import Unit


class Choice(enum.Enum):
    """Targets that are no class but a choice at each position: `TRUTH` and `TOP`."""

    TRUTH = "truth"
    TOP = "top"

    def __repr__(self) -> str:
        return f"rv.{self.name}"


TRUTH = Choice.TRUTH
TOP = Choice.TOP

Class = Choice | str


class Contrast(NamedTuple):
    """A target that compares two classes: the difference of their logits is explained.

    An input with a positive signed score speaks for `target`, a negative one for `rather_than`.

    Attributes:
        target: A class, `TRUTH` or `TOP`.
        rather_than: Another one. `TOP` is the best prediction other than the other class. If both
            are `TOP`, the best prediction is compared with the second.

    Example:
        >>> Contrast("learning", rather_than="level")
        rv.Contrast('learning', 'level')
    """

    target: Class
    rather_than: Class

    def __repr__(self) -> str:
        return f"rv.Contrast({self.target!r}, {self.rather_than!r})"


One = Class | Contrast
CheckedTarget = One | Unit | list[One]
"""A target that `as_target` has checked; not checked again after that."""
Target = One | Unit | tuple[Class, Class] | Sequence[One | tuple[Class, Class]]
"""A target as a user passes it."""

_ONE = "rv.TRUTH, rv.TOP or the name of an output class"


def as_target(target: object) -> CheckedTarget:
    """Check a user's target: a pair becomes a `Contrast`, a list has one target for each token.

    Functions that take a `CheckedTarget` do not check it again.

    Raises:
        TypeError: If it is no target.
        ValueError: If a tuple is no pair, or a contrast compares something with itself.
    """
    if isinstance(target, Unit):
        return target
    if isinstance(target, list):
        return [_one(each, f"a target must be {_ONE}, or a pair of these") for each in target]
    return _one(
        target,
        "target must be rv.TRUTH, rv.TOP, the name of an output class, rv.Contrast(one, other), "
        "rv.Unit(...), or a list with one of the first four for each token",
    )


def _one(target: object, expected: str) -> One:
    if isinstance(target, (Choice, str)):
        return target
    if not isinstance(target, tuple):
        raise TypeError(f"{expected}; got {target!r}")
    if len(target) != 2:
        raise ValueError(
            "a tuple is a contrast, (one class, rather than another); a list has one target for "
            f"each token. Expected two classes, got {len(target)}"
        )
    if not all(isinstance(each, (Choice, str)) for each in target):
        raise TypeError(f"each of a contrast must be {_ONE}; got {target!r}")
    if target[0] == target[1] and target[0] is not Choice.TOP:
        raise ValueError(f"a contrast needs two different classes; got {target[0]!r} twice")
    return Contrast(*target)


def has_contrast(target: CheckedTarget) -> bool:
    """Whether a target, or any in a list, is a contrast."""
    return any(isinstance(each, Contrast) for each in _each(target))


def _each(target: CheckedTarget) -> list[One]:
    """The targets that name classes."""
    if isinstance(target, Unit):
        return []
    return target if isinstance(target, list) else [target]


def choose_targets(
    target: One | list[One],
    answers: Sequence[TrueClass],
    top: Sequence[int],
    classes: Mapping[str, int],
    second: Sequence[int] | None = None,
) -> tuple[list[ClassOrPair], list[str]]:
    """Choose what to explain at each output, and say why in words.

    Args:
        target: `TRUTH`, `TOP`, a class, a `Contrast` of these, or a list with one of these for each
            output.
        answers: The truth of each output.
        top: The class of the largest logit at each output.
        classes: The index of each output class.
        second: The class of the second largest logit; needed only for a contrast with `TOP`.

    Returns:
        Class indices, or pairs of them, and reasons, one for each output. Where there is no truth,
        the top prediction is taken, and the reason says so.

    Raises:
        ValueError: If a class is not among the outputs, or a list has another length.
    """
    if isinstance(target, list) and len(target) != len(answers):
        raise ValueError(
            f"a list of targets needs one for each token: {len(answers)} expected, "
            f"{len(target)} came"
        )
    if not isinstance(target, (list, Contrast)):
        pairs = zip(answers, top, strict=True)
        found = [_class(target, answer, best, classes) for answer, best in pairs]
        return [each for each, _ in found], [reason for _, reason in found]
    wanted = target if isinstance(target, list) else [target] * len(answers)
    best = zip(top, top if second is None else second, strict=True)
    chosen = [_choose(*each, classes) for each in zip(wanted, answers, best, strict=True)]
    return [each for each, _ in chosen], [reason for _, reason in chosen]


def check_classes(target: CheckedTarget, classes: Mapping[str, int]) -> None:
    """Raise a ValueError if a target names a class that a model does not have."""
    for each in _each(target):
        _check_two(each, classes)
        for one in each if isinstance(each, Contrast) else [each]:
            if isinstance(one, str):
                _index(one, classes)


def _choose(
    wanted: One, answer: TrueClass, best: tuple[int, int], classes: Mapping[str, int]
) -> tuple[ClassOrPair, str]:
    _check_two(wanted, classes)
    if not isinstance(wanted, Contrast):
        return _class(wanted, answer, best[0], classes)
    one, other = wanted
    if one is Choice.TOP and other is Choice.TOP:
        return (best[0], best[1]), "the top prediction rather than the second prediction"
    # TOP is the best prediction besides the other class, so that comes first.
    if one is Choice.TOP:
        b, said = _class(other, answer, best[0], classes)
        a, why = _besides(b, best)
    else:
        a, why = _class(one, answer, best[0], classes)
        b, said = (
            _besides(a, best) if other is Choice.TOP else _class(other, answer, best[0], classes)
        )
    if a == b:
        return (a, b), f"both are one class here ({why}; {said}): there is nothing to compare"
    if why == said:
        return (a, b), "the two classes you chose"
    return (a, b), f"{why} rather than {said}"


def _check_two(wanted: One, classes: Mapping[str, int]) -> None:
    if isinstance(wanted, Contrast) and len(classes) < 2:
        raise ValueError(
            f"a contrast compares two classes; this model has one output, {next(iter(classes))!r}"
        )


def _besides(other: int, best: tuple[int, int]) -> tuple[int, str]:
    if other == best[0]:
        return best[1], "the second prediction"
    return best[0], "the top prediction"


def _class(
    wanted: Class, answer: TrueClass, top: int, classes: Mapping[str, int]
) -> tuple[int, str]:
    if wanted is Choice.TRUTH:
        if answer.target is not None:
            return answer.target, answer.reason
        return top, f"the top prediction, as {answer.reason}"
    if wanted is Choice.TOP:
        return top, "the top prediction"
    return _index(wanted, classes), "the class you chose"


def _index(name: str, classes: Mapping[str, int]) -> int:
    if name not in classes:
        raise ValueError(
            f"target {name!r} is not among the model's {len(classes)} output classes"
            f"{did_you_mean(name, classes) or f', {shown_symbols(classes)}'}"
        )
    return classes[name]


def target_to_json(target: CheckedTarget) -> Any:
    """A target as JSON values, which `target_from_json` reads back.

    Returns:
        "truth" or "top"; a list of one class, or of two for a contrast, each a name, {"choice":
        "truth"} or {"choice": "top"}; of a unit, which a page can't send back, its name in words;
        None for a list of targets, which are not sent.
    """
    if isinstance(target, list):
        return None
    if isinstance(target, Unit):
        return [target.words]
    if isinstance(target, Choice):
        return target.value
    items: Iterable[Class] = target if isinstance(target, Contrast) else (target,)
    return [{"choice": each.value} if isinstance(each, Choice) else each for each in items]


def target_from_json(message: Any) -> One:
    """Read what `target_to_json` returned, except None.

    Raises:
        TypeError, ValueError: If it is no target.
    """
    if isinstance(message, str):
        return _choice(message, message)
    if not isinstance(message, list) or len(message) not in (1, 2):
        raise ValueError(_unread(message))
    items = [each if isinstance(each, str) else _choice(each, message) for each in message]
    return _one(items[0] if len(items) == 1 else tuple(items), _unread(message))


def _choice(each: Any, message: Any) -> Choice:
    value = each.get("choice") if isinstance(each, dict) and len(each) == 1 else each
    if value not in ("truth", "top"):
        raise ValueError(_unread(message))
    return Choice(value)


def _unread(message: Any) -> str:
    return (
        'a target is sent as "truth", "top", or a list of one or two, each the name of a class or '
        f'{{"choice": "truth" or "top"}}; got {message!r}'
    )
