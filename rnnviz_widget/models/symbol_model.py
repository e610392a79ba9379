"""The parts of a model that reads symbols."""

from __future__ import annotations

from functools import partial

import torch
from torch import nn

from rnnviz_widget.engines import Forward, GivenEmbedding, Network, Returns
from rnnviz_widget.surrogates import check_surrogates

from .model_parts import Labels, ModelParts, checked_unit
from .symbols import Symbols, Tokenize, check_window, read_symbols, read_text
from .truth import Truth

_NEXT_OF_ALL = (
    "What follows the text is in no text, so that there is no truth: with window= each token has "
    "an output of its own, which has not read the next one."
)


def symbol_parts(
    module: nn.Module,
    inputs: Symbols,
    outputs: Symbols | None,
    *,
    name: str | None,
    embedding: GivenEmbedding,
    batch_first: bool,
    tokenize: Tokenize | None,
    unknown: str | None,
    truth: Truth,
    forward: Forward | None,
    one_hot: bool,
    example: str | None,
    window: int | None,
    pad: str | None,
    returns: Returns | None,
    unit: str | None,
) -> ModelParts:
    """Check the arguments of a `SequenceModel`, and make its parts of them.

    Raises:
        TypeError, ValueError, RuntimeError: See `SequenceModel`.
    """
    symbols = read_symbols(inputs, "inputs", alike=tokenize is not None)
    ids = {symbol: index for index, symbol in enumerate(symbols)}
    if tokenize is not None and not callable(tokenize):
        raise TypeError(
            f"tokenize must be callable; got {type(tokenize).__name__}. Pass what maps a text "
            "to its tokens, such as str.split"
        )
    if unknown is not None and unknown not in ids:
        raise ValueError(
            f"unknown={unknown!r} must be one of the input symbols; it is not. Pass the symbol "
            "that the module was trained to read there, or add it to inputs"
        )
    check_window(window, pad)
    if pad is not None and pad not in ids:
        raise ValueError(
            f"pad={pad!r} must be one of the input symbols; it is not. Pass the symbol that "
            "the module was trained to read before a text, or add it to inputs"
        )
    classes = symbols if outputs is None or _same(outputs, inputs) else outputs
    labels = Labels.checked(module, symbols, classes, name, truth)
    read = partial(read_text, ids=ids, tokenize=tokenize, unknown=unknown)
    if isinstance(example, str):
        check_surrogates(example, "the text")
    network = Network(
        module,
        len(symbols),
        len(labels.outputs),
        embedding=embedding,
        batch_first=batch_first,
        forward=forward,
        one_hot=one_hot,
        returns=returns,
        example=None if example is None else torch.tensor(read(example).ids),
        window=window,
        pad=None if pad is None else ids[pad],
    )
    unit = checked_unit(network, truth, unit)
    of_all = network.capabilities.one_output and labels.truth == "next" and unit is None
    notes = [_NEXT_OF_ALL] if of_all else []
    return ModelParts(labels, network, read, unit, tokenize, unknown, notes=notes)


def _same(one: Symbols, other: Symbols) -> bool:
    """Whether these are the same symbols, given in the same way."""
    return one is other or (type(one) is type(other) and one == other)
