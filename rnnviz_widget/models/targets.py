"""Which output class is explained at each position."""

from __future__ import annotations

import difflib
import enum
from collections.abc import Mapping, Sequence

from .truth import Answer


class Choice(enum.Enum):
    """Targets that are not one class: `TRUTH` and `TOP`."""

    TRUTH = "truth"
    TOP = "top"

    def __repr__(self) -> str:
        return f"rv.{self.name}"


TRUTH = Choice.TRUTH
TOP = Choice.TOP

Target = Choice | str | Sequence[Choice | str]


def choose_targets(
    target: Target, answers: Sequence[Answer], top: Sequence[int], classes: Mapping[str, int]
) -> tuple[list[int], list[str]]:
    """Choose the class to explain at each output, and say why in words.

    Args:
        target: `TRUTH`, `TOP`, a class, or a list with one of these for each output.
        answers: The truth of each output.
        top: The class of the largest logit at each output.
        classes: The index of each output class.

    Returns:
        Class indices and reasons, one for each output. Where there is no truth, the top
        prediction and a reason that says so.

    Raises:
        TypeError: If a target is neither a class nor `TRUTH` or `TOP`.
        ValueError: If a class is not among the outputs, or a list is too long or short.
    """
    if isinstance(target, (Choice, str)):
        wanted: Sequence[Choice | str] = [target] * len(answers)
    else:
        if not isinstance(target, (list, tuple)):
            raise TypeError(
                "target must be rv.TRUTH, rv.TOP, the name of an output class, or a list with one "
                f"of these for each token; got {target!r}"
            )
        if len(target) != len(answers):
            raise ValueError(
                f"a list of targets needs one for each token: {len(answers)} expected, "
                f"{len(target)} came"
            )
        wanted = target
    chosen = [_choose(*each, classes) for each in zip(wanted, answers, top, strict=True)]
    return [index for index, _ in chosen], [reason for _, reason in chosen]


def _choose(
    wanted: Choice | str, answer: Answer, top: int, classes: Mapping[str, int]
) -> tuple[int, str]:
    if wanted is Choice.TRUTH:
        if answer.target is not None:
            return answer.target, answer.reason
        return top, f"the top prediction, as {answer.reason}"
    if wanted is Choice.TOP:
        return top, "the top prediction"
    if not isinstance(wanted, str):
        raise TypeError(
            f"a target must be rv.TRUTH, rv.TOP or the name of an output class; got {wanted!r}"
        )
    if wanted not in classes:
        close = difflib.get_close_matches(wanted, classes, n=3)
        hint = f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
        raise ValueError(
            f"target {wanted!r} is not among the model's {len(classes)} output classes{hint}"
        )
    return classes[wanted], "the class you chose"
