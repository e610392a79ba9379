"""Notes for the reader on inputs that change the output though no gradient reaches them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .capabilities import Capabilities
from .common_part import note_on_common_part
from .forward_passes import ForwardPasses
from .gradient_check import Unreached, unreached

LONGER = 48
"""How many tokens are read to find a gradient cut off some steps back: more than the usual 35."""

# How many other texts are tried if no input has a gradient.
_OTHERS = 16

_ADVICE = 'measure="occlusion" needs no gradient, and scores them.'

CUT = (
    "No gradient flows from its logits back to its input, though they depend on it: every score is "
    "zero. Is there torch.no_grad(), detach(), argmax, a rounding or a quantised layer in its "
    'forward? measure="occlusion" needs no gradient.'
)
_CODES = (
    "No gradient flows from its logits back to the vectors, though they depend on them: every "
    "score is zero. Are these codes that it looks up, or is there torch.no_grad(), detach(), "
    'argmax or a rounding in its forward? measure="occlusion" needs no gradient.'
)
_INFERENCE = (
    "Its forward runs in torch.inference_mode(), which keeps nothing that a gradient needs: every "
    "score is zero. {line}, and use it around your own calls instead. "
    'measure="occlusion" needs no gradient.'
)
_SOME = (
    "Some scores are zero and should not be: of {tokens} tokens, no gradient reached {inputs} from "
    "output {output} (counted from 0), though {them} changes that output. Is a state detached, or "
    "something rounded? " + _ADVICE
)
_COLUMNS = (
    "No gradient reaches {columns} of its vectors ({width} columns, counted from 0), though {them} "
    "changes the outputs: scores count the other columns only. Are these codes that it looks up, "
    "or does it round them? Methods with noise or a baseline leave them as they are. " + _ADVICE
)


def words_of(found: Unreached, *, vectors: bool) -> list[str]:
    """The notes on inputs without a gradient."""
    if found.every:
        return [_CODES if vectors else CUT]
    said = []
    if found.output is not None:
        several = len(found.inputs) > 1
        said.append(
            _SOME.format(
                tokens=found.tokens,
                inputs=("inputs " if several else "input ") + _listed(found.inputs),
                output=found.output,
                them="changing them" if several else "changing it",
            )
        )
    if found.columns:
        several = len(found.columns) > 1
        said.append(
            _COLUMNS.format(
                columns=("columns " if several else "column ") + _listed(found.columns),
                width=found.width,
                them="changing them" if several else "changing it",
            )
        )
    return said


def _listed(numbers: Sequence[int]) -> str:
    """Numbers in words, with consecutive ones as a range: "0 to 2, 5"."""
    stretches: list[list[int]] = []
    for number in numbers:
        if stretches and number == stretches[-1][1] + 1:
            stretches[-1][1] = number
        else:
            stretches.append([number, number])
    return ", ".join(
        str(first) if first == last else f"{first}{' to ' if last > first + 1 else ', '}{last}"
        for first, last in stretches
    )


def see_gradient(
    passes: ForwardPasses,
    capabilities: Capabilities,
    ids: Tensor,
    longer: Tensor | None,
    *,
    inference: bool,
) -> tuple[list[str], list[int]]:
    """Check once whether a gradient reaches everything that a network reads.

    Args:
        passes: Runs the passes.
        capabilities: What the network does.
        ids: Token ids that it can read, (T,).
        longer: More ids, if it may read them, which show a gradient that is cut off some steps
            back.
        inference: Whether its output was made in inference mode.

    Returns:
        Notes, and the columns of vectors that have no gradient.
    """
    if inference:
        return [_INFERENCE.format(line=_line(passes.call.module))], []
    last = len(ids) - 1
    one = capabilities.answers_once or capabilities.window is not None
    outputs = [last] if one else sorted({0, last // 2, last})
    found = _try(passes, ids, outputs, columns=capabilities.reads_vectors)
    if found is None and longer is not None:
        try:
            found = _try(passes, longer, [len(longer) - 1])
        except Exception:  # noqa: BLE001 - whatever a module raises at another length
            found = None
    if found is None:
        return _common(passes, ids), []
    return words_of(found, vectors=capabilities.reads_vectors), found.columns


def _common(passes: ForwardPasses, ids: Tensor) -> list[str]:
    """A note if most of a logit's gradient is common to all classes."""
    if not passes.layout.logits_may_share:
        return []
    with torch.inference_mode(mode=False):
        return note_on_common_part(lambda other: passes.logits(ids, other), passes.embed(ids))


def _try(
    passes: ForwardPasses, ids: Tensor, outputs: Sequence[int], *, columns: bool = False
) -> Unreached | None:
    embedded = passes.embed(ids)

    def others() -> Sequence[Tensor]:
        draws = torch.Generator().manual_seed(0)
        drawn = torch.randint(passes.symbols, (_OTHERS * len(ids),), generator=draws)
        return torch.split(passes.embed(drawn, as_they_are=True), len(ids))

    with torch.inference_mode(mode=False):
        return unreached(
            lambda other: passes.logits(ids, other),
            embedded,
            outputs=outputs,
            columns=columns,
            others=others,
        )


def _line(module: nn.Module) -> str:
    """Which line to remove so that a forward does not run in inference mode."""
    wrapped = dict.fromkeys(
        type(each).__name__
        for each in module.modules()
        if hasattr(type(each).forward, "__wrapped__")
    )
    if wrapped:
        where = " and ".join(f"{name}.forward" for name in wrapped)
        return f"Remove the line @torch.inference_mode() above {where}"
    return "Remove the line with torch.inference_mode() in it"
