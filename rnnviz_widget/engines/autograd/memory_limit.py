"""How much memory a long text takes: its logits, and the intermediate results for a gradient."""

from __future__ import annotations

from torch import Tensor

from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.torch_state import clean_torch

from .passes import bytes_held

LIMIT = 4_000_000_000
"""The most bytes that the logits, or the intermediate results, of one text may take."""

# Texts of at least this many tokens are checked, by measuring prefixes of these lengths.
_LONG = 4096
_BEGINNINGS = (256, 512)


def check_memory(network: Network, ids: Tensor) -> None:
    """Refuse a text that would take more memory than `LIMIT`, before it is read.

    Costs nothing for texts of fewer than 4,096 tokens. Of longer ones two prefixes are read, from
    which the parts that grow with the length and with its square (attention) are extrapolated.


    Raises:
        ValueError: If the text would take more; the message says how much, and which length fits.
    """
    if len(ids) < _LONG:
        return
    classes = network.capabilities.classes
    logits = 4 * len(ids) * classes
    if (
        logits > LIMIT
        and not network.capabilities.one_output
        and network.passes.known_head(ids) is None
    ):
        raise ValueError(
            f"the logits of {len(ids):,} tokens and {classes:,} classes alone would take "
            f"{_gb(logits)}, and no linear layer is known that makes them, so that they could be "
            f"computed part by part. {_shorter(LIMIT // (4 * classes))}"
        )
    try:
        short, long = (float(_bytes_held(network, ids[:tokens])) for tokens in _BEGINNINGS)
    except Exception:  # noqa: BLE001 - what can't read a beginning says so when it reads the text
        return
    one, other = _BEGINNINGS
    square = max(0.0, (long / other - short / one) / (other - one))
    line = max(0.0, short / one - square * one)
    needed = line * len(ids) + square * len(ids) ** 2
    if needed > LIMIT:
        most = int(LIMIT / line) if line else len(ids)
        if square:
            most = int(((line**2 + 4 * square * LIMIT) ** 0.5 - line) / (2 * square))
        raise ValueError(
            f"to read {len(ids):,} tokens for a gradient the module would keep about "
            f"{_gb(needed)} of intermediate results, of {_gb(LIMIT)} at most. {_shorter(most)}"
        )


def _bytes_held(network: Network, ids: Tensor) -> int:
    """How many bytes the intermediate results of a prefix take."""
    with network.lock, clean_torch():
        embedded = network.embed(ids).requires_grad_()
        head = network.passes.known_head(ids)
        if head is None:
            return bytes_held(network, lambda: network.forward(ids, embedded))
        return bytes_held(network, lambda: network.hidden(ids, embedded, head))


def _gb(size: float) -> str:
    return f"{size / 1e9:.1f} GB"


def _shorter(most: int) -> str:
    return f"Read a text of at most about {max(1, most):,} tokens"
