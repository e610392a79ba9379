"""Finding by experiment whether a module returns logits or probabilities."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from .logits_layout import Logits
from .probabilities import LogitsReader, Scale
from .squashing import SIGMOID, SOFTMAX, kind_of

_ENDS = {SOFTMAX: "it ends in a softmax", SIGMOID: "it ends in a sigmoid"}
_LOG = (
    "Its forward returns probabilities, not logits ({why}): what is explained is the log "
    "probability of a class. "
)
_ONE_ODDS = (
    "Its forward returns a probability, not a logit ({why}): what is explained is its log-odds, "
    "log(p / (1 - p)). "
)
_ODDS = (
    "Its forward returns a probability for each class by itself ({why}): what is explained is its "
    "log-odds, log(p / (1 - p)), and probabilities need not add up to 100 %. "
)
_BY_ITSELF = (
    "Each class is right or wrong by itself: what is explained is its log-odds, and probabilities "
    "need not add up to 100 %."
)
_ONE_OF_TWO = (
    "Its forward returns one number for two classes, {what} of the second: what is explained is "
    "the log-odds of a class against the other. "
)
_ROUNDED = "A probability of exactly 0{or_one} has no gradient: a row that explains it is zero."
_ELSE = 'If these numbers are logits, pass returns="logits".'
_OTHER_AXIS = (
    "Its forward ends in a softmax, but not over the classes: at one output the numbers do not "
    "add up to 1. They are explained as if they were logits. If that is not meant, make it a "
    "softmax over the last axis, dim=-1, or leave it out."
)


def see_scale(
    given: Scale | None,
    found: Logits,
    reader: LogitsReader,
    through: Tensor,
    *,
    read: Callable[[Tensor], Tensor],
    ids: Tensor,
) -> tuple[Scale, list[str]]:
    """Find out what the numbers are that a module returns, by how they were made or their values.

    Args:
        given: What the user says they are, which is checked against the numbers.
        found: The logits found in what the module returned.
        reader: Knows the softmaxes and sigmoids that were computed.
        through: The same numbers from another pass, with a graph.
        read: Reads ids, (T,), and returns the numbers.
        ids: The ids that were read.

    Returns:
        What the numbers are, and notes for the reader.

    Raises:
        ValueError: If they can't be what the user says.
    """
    scale, note = _find(given, found, reader, through, lambda: _others(read, ids))
    return scale, [] if note is None else [note]


def _others(read: Callable[[Tensor], Tensor], ids: Tensor) -> Iterator[Tensor]:
    """What the module returns for other ids, as far as it can read them."""
    with torch.no_grad():
        for other in (ids.flip(0), ids.roll(-1), ids.new_full((len(ids),), int(ids[0]))):
            with contextlib.suppress(RuntimeError, ValueError):
                yield read(other)


def _find(
    given: Scale | None,
    found: Logits,
    reader: LogitsReader,
    through: Tensor,
    others: Callable[[], Iterator[Tensor]],
) -> tuple[Scale, str | None]:
    returned, one_of_two = found.returned, found.one_of_two
    squash = reader.squash(returned)
    kind = squash.kind if squash is not None else kind_of(through)
    exact = squash is not None and squash.read is not None and not squash.rules_out()
    classes = returned.shape[-1]
    if given is not None:
        _check(given, returned)
        why = f'returns="{given.value}"'
        return given, _note(given, why, classes, exact=exact, one_of_two=one_of_two)
    if kind == SIGMOID:
        scale = Scale.INDEPENDENT
    elif classes > 1 and _adds_up(returned) and all(map(_adds_up, others())):
        scale = Scale.PROBABILITIES
    else:
        return Scale.LOGITS, _OTHER_AXIS if kind == SOFTMAX else None
    why = _ENDS.get(kind or "", "at each output they lie between 0 and 1 and add up to 1")
    note = _note(scale, why, classes, exact=exact, one_of_two=one_of_two)
    return scale, f"{note} {_ELSE}"


def _note(scale: Scale, why: str, classes: int, *, exact: bool, one_of_two: bool) -> str | None:
    """The note for a scale other than plain logits."""
    if scale is Scale.LOGITS or (scale is Scale.LOG_ODDS and classes == 1 and not one_of_two):
        return None
    if one_of_two:
        what = "the log-odds" if scale is Scale.LOG_ODDS else "the probability"
        note = _ONE_OF_TWO.format(what=what)
    elif scale is Scale.LOG_ODDS:
        note = _BY_ITSELF
    elif scale is Scale.PROBABILITIES:
        note = _LOG.format(why=why)
    else:
        note = (_ODDS if classes > 1 else _ONE_ODDS).format(why=why)
    if not exact and scale is not Scale.LOG_ODDS:
        note += _ROUNDED.format(or_one="" if scale is Scale.PROBABILITIES else " or 1")
    return note.strip()


def _between(numbers: Tensor) -> bool:
    low, high = torch.aminmax(numbers.detach())
    return bool(low >= 0) and bool(high <= 1 + _slack(numbers))


def _adds_up(numbers: Tensor) -> bool:
    """Whether numbers lie between 0 and 1, and each row adds up to 1."""
    if not numbers.is_floating_point() or not _between(numbers):
        return False
    sums = numbers.detach().sum(dim=-1, dtype=torch.float64)
    return bool(((sums - 1).abs() <= _slack(numbers)).all())


def _slack(numbers: Tensor) -> float:
    return 1e-4 if numbers.dtype in (torch.float32, torch.float64) else 0.02


def _check(given: Scale, returned: Tensor) -> None:
    low, high = (float(each) for each in torch.aminmax(returned.detach()))
    got = f"the module returns numbers from {low:.4g} to {high:.4g}"
    if given is Scale.PROBABILITIES and not _adds_up(returned):
        sums = returned.detach().sum(dim=-1)
        raise ValueError(
            'returns="probabilities" says that at each output the numbers lie between 0 and 1 and '
            f"add up to 1; {got}, which add up to {float(sums.flatten()[0]):.4g} at the first "
            'output. Pass returns="independent_probabilities" where each class has a probability '
            'by itself, or "logits"'
        )
    if given is Scale.INDEPENDENT and not _between(returned):
        raise ValueError(
            'returns="independent_probabilities" says that all numbers lie between 0 and 1; '
            f'{got}. Pass returns="log_odds" where a sigmoid comes after them, or "logits"'
        )
