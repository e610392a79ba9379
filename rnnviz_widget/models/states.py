"""`SequenceModel.states`: hidden states, gates and activations of a model on a text, as numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

from rnnviz_widget.engines import clean_torch
from rnnviz_widget.engines.states.read_states import StateGroup, read_states
from rnnviz_widget.scene.states import StatePlace
from rnnviz_widget.scene.tokens import Tokens

from .find_place import find_place

if TYPE_CHECKING:
    from .sequence import SequenceModel

Numbers = npt.NDArray[np.floating[Any]]


class ModelStates:
    """The hidden states, gates and activations of a model on one text; see `SequenceModel.states`.

    Iterating gives the places. `states[place]`, `states[layer, kind]` and
    `states[module, layer, kind]` are the units there, (T, H), row t after token t was read (of a
    gate: while it was read). Without a module's name a layer's number counts all layers of the
    model, in the order in which they are called.

    Args:
        tokens: The text as the model reads it.
        groups: The states of each layer and kind, in the order of the layers.

    Attributes:
        tokens: The text as the model reads it.
        places: What there is, in the order of the layers.
    """

    def __init__(self, tokens: Tokens, groups: Sequence[StateGroup]) -> None:
        self.tokens = tokens
        self.places = tuple(group.place for group in groups)
        self._groups = dict(zip(self.places, groups, strict=True))

    def __repr__(self) -> str:
        kinds = ", ".join(dict.fromkeys(place.kind for place in self.places))
        layers = len({(place.module, place.layer) for place in self.places})
        return f"ModelStates({len(self.tokens)} tokens, {layers} layers: {kinds})"

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[StatePlace]:
        return iter(self.places)

    def __getitem__(self, key: StatePlace | tuple[int, str] | tuple[str, int, str]) -> Numbers:
        """The units of a place, (T, H).

        Raises:
            ValueError, IndexError: If there is no such module or kind, or no such layer.
        """
        place = self.place_of(key)
        with clean_torch(), torch.no_grad():
            found = self._groups[place].values()
            if found.dtype in (torch.float16, torch.bfloat16):
                found = found.float()
            numbers: Numbers = found.cpu().numpy()
        return numbers

    def place_of(self, key: StatePlace | tuple[int, str] | tuple[str, int, str]) -> StatePlace:
        """The place that a key names.

        Raises:
            ValueError, IndexError: If there is no such module or kind, or no such layer.
        """
        if isinstance(key, StatePlace):
            return find_place(self.places, key.layer, key.kind, key.module)
        *module, layer, kind = key
        return find_place(self.places, layer, kind, *module)

    def stack(self, kind: str) -> Numbers:
        """The units of a kind in all layers that have it, (layers, T, H).

        Raises:
            ValueError: If no layer has it, or layers differ in their number of units or steps.
        """
        places = [place for place in self.places if place.kind == kind]
        if not places:
            known = ", ".join(dict.fromkeys(repr(place.kind) for place in self.places))
            raise ValueError(f"there is no kind {kind!r}; expected one of {known}")
        each = [self[place] for place in places]
        if len({values.shape for values in each}) > 1:
            sizes = ", ".join(f"{place}: {v.shape}" for place, v in zip(places, each, strict=True))
            raise ValueError(
                f"layers of different sizes can't be stacked ({sizes}); ask for one at a time, as "
                "states[layer, kind]"
            )
        return np.stack(each)

    def array(self, kinds: Sequence[str] | None = None) -> Numbers:
        """The units of several kinds in all layers, (layers, kinds, T, H).

        Args:
            kinds: Which; default: all, in the order of `places`.

        Raises:
            ValueError: If there is no such kind, or sizes differ.
        """
        wanted = list(dict.fromkeys(place.kind for place in self.places))
        each = [self.stack(kind) for kind in (wanted if kinds is None else kinds)]
        if len({values.shape for values in each}) > 1:
            raise ValueError(
                "kinds of different sizes can't be put together; ask for those that are alike with "
                "kinds=[...], or for one at a time with stack(kind)"
            )
        return np.stack(each, axis=1)


def states(self: SequenceModel, text: str, *, modules: Sequence[str] | None = None) -> ModelStates:
    """The hidden states and gates of the model on a text, as numpy; computed when asked for.

    With h' and c' the states before a token, [.] what is made of the token and h', s the logistic
    function and * elementwise, the kinds are:

        nn.RNN         hidden          h = tanh[.], or relu
        nn.GRU         reset           r = s[.]
                       update          z = s[.]
                       candidate       n = tanh(W_in x + b_in + r * (W_hn h' + b_hn))
                       hidden          h = (1 - z) * n + z * h'
        nn.LSTM        input, forget   i = s[.], f = s[.]
                       candidate       g = tanh[.]
                       output          o = s[.]
                       cell            c = f * c' + i * g
                       hidden          h = o * tanh(c), or W_hr times that with proj_size
        rv.NestedLSTM  the same, with a linear candidate g; c is what an inner LSTM makes of i * g
                       and f * c', whose own are inner_input, inner_forget, inner_candidate,
                       inner_output and inner_cell (of a third level: inner2_input, ...)
        rv.MinGRU      keep, added     1 - z and z * candidate: h = keep * h' + added
                       hidden          h

    Kinds of the direction that reads from right to left end in "_reverse"; row t is that of token
    t all the same. Of a network without recurrent layers it is the "residual" stream of each list
    of blocks: layer 0 is what the first block reads, layer n what the nth makes. Named modules have
    their "output", an `rv.NALU` its "gate" too. One that computes `rv.recurrences.diagonal` or
    `outer_products`, or for which that is registered, has for each such recurrence, as a layer, its
    "hidden" states, "keep" (what the state before is multiplied by) and of `diagonal` "added".

    Args:
        self: The model.
        text: The text.
        modules: The names of submodules, as in `module.named_modules()`; default: all recurrent
            layers, or else the residual stream.

    Returns:
        What there is, in the model's own precision (single for half).

    Raises:
        TypeError, ValueError: If the model can't read the text.
        ValueError: If there is no such submodule, or states can't be found; the message says what
            was found.
    """
    tokens = self.tokens(text)
    with clean_torch():
        return ModelStates(tokens, read_states(self.network, torch.tensor(tokens.ids), modules))


def states_of_module(model: SequenceModel, text: str, module: str | None) -> ModelStates:
    """The states among which a user names a module: what `states` finds, or that module's own."""
    try:
        found = model.states(text)
    except ValueError:
        if module is None:
            raise
        return model.states(text, modules=[module])
    if module is None or any(place.module == module for place in found):
        return found
    return model.states(text, modules=[module])
