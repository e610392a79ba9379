"""Kinds of recurrent layers: what is known of each, and the cells that one makes of a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from torch import Tensor, nn

from .cell import RecurrentCell, States


class LevelWeights(NamedTuple):
    """The weights of one level of a layer.

    Attributes:
        w_ih: Shape (gates, H, D).
        w_hh: Shape (gates, H, H); (0, H, H) if no gate reads the state.
        b_ih: Shape (gates, H).
        b_hh: Shape (gates, H), as many gates as `w_hh` has.
    """

    w_ih: Tensor
    w_hh: Tensor
    b_ih: Tensor
    b_hh: Tensor

    @property
    def bias(self) -> Tensor:
        """The sum of the biases, for gates that use nothing else."""
        return self.b_ih + self.b_hh


CellBuilder = Callable[[Sequence[LevelWeights], Tensor, Tensor, States], RecurrentCell]
"""Makes a layer's cell from the weights of its levels (the outermost first), what it read (T, D),
what it made (T, H), and the states that it started from, h first, (H,) each."""

LayerRun = Callable[[nn.Module, int, Tensor, States], Tensor]
"""Runs one layer of a module: its number, its inputs (T, D), and the states it starts from, (H,)
each, to its outputs (T, H)."""


@dataclass(frozen=True, eq=False)
class CellKind:
    """A kind of recurrent layer.

    Its module is called as torch's own are, with `input_size`, `hidden_size`, `num_layers`, `bias`
    and `batch_first`, with an input (B, T, D) or (T, B, D) and a state or None, and returns its
    outputs and a state. It names its parameters as `parameter_names` says.

    Attributes:
        name: What it is called in commands, in files and in saved pages, such as "gru".
        module: The type of its modules. Subclasses of it are not served.
        cell: Makes the cell of a layer.
        run: Runs a layer.
        options: What its module is made with, and has as attributes, to be of this kind.
        memories: How many states each level has beside h.
        nested: Whether its module has levels, and a `depth` that says how many.
        biases_apart: How many gates, the last ones, use b_ih and b_hh in two places. The other
            gates only use their sum.
    """

    name: str
    module: type[nn.Module]
    cell: CellBuilder
    run: LayerRun
    options: Mapping[str, Any] = field(default_factory=dict)
    memories: int = 0
    nested: bool = False
    biases_apart: int = 0

    @property
    def title(self) -> str:
        """Its module's public name, such as "nn.GRU"."""
        ours = not self.module.__module__.startswith("torch.")
        return f"{'rv' if ours else 'nn'}.{self.module.__name__}"

    def is_kind_of(self, module: nn.Module) -> bool:
        """Whether a module is of this kind."""
        return type(module) is self.module and all(
            getattr(module, name) == value for name, value in self.options.items()
        )

    def make(self, *sizes: int, depth: int | None = None, **options: Any) -> nn.Module:
        """A module of this kind, `batch_first`.

        Args:
            *sizes: `input_size`, `hidden_size` and `num_layers`.
            depth: How many levels a nested one has; the others have no such choice.
            **options: Others of the module.
        """
        levels = {"depth": depth} if self.nested and depth is not None else {}
        return self.module(*sizes, batch_first=True, **self.options, **levels, **options)

    def depth(self, module: nn.Module) -> int:
        """How many levels each layer of a module has."""
        return int(getattr(module, "depth", 1)) if self.nested else 1

    def merged(self, weights: LevelWeights) -> LevelWeights:
        """The same level, with b_hh added to b_ih wherever only their sum is used."""
        b_ih, b_hh = weights.b_ih.clone(), weights.b_hh.clone()
        together = len(b_hh) - self.biases_apart
        b_ih[:together] += b_hh[:together]
        b_hh[:together] = 0
        return weights._replace(b_ih=b_ih, b_hh=b_hh)

    def states(self, depth: int) -> int:
        """How many states a layer with so many levels has: h, and the memories."""
        return 1 + depth * self.memories


_kinds: list[CellKind] = []


def register(kind: CellKind) -> CellKind:
    """Let modules of a kind be differentiated by the kind's own equations."""
    _kinds.append(kind)
    return kind


def kind_of(module: nn.Module) -> CellKind | None:
    """The registered kind of a module, if it is of any."""
    return next((kind for kind in _kinds if kind.is_kind_of(module)), None)


def is_served(module: nn.Module) -> bool:
    """Whether cells can be made of this module: its kind is registered, and its options fit."""
    return kind_of(module) is not None and not (
        getattr(module, "bidirectional", False) or getattr(module, "proj_size", 0)
    )


def parameter_names(layer: int, level: int = 0) -> tuple[str, str, str, str]:
    """What W_ih, W_hh, b_ih and b_hh of a level are called, such as "weight_ih_l0"."""
    end = f"_l{layer}" + (f"_n{level}" if level else "")
    return "weight_ih" + end, "weight_hh" + end, "bias_ih" + end, "bias_hh" + end


def weights_of(module: Any, layer: int, level: int = 0) -> LevelWeights:
    """The weights of a level of a served module; zeros for biases that it doesn't have."""
    found = [getattr(module, name, None) for name in parameter_names(layer, level)]
    w_ih, w_hh, b_ih, b_hh = (
        part if part is None else part.detach().unflatten(0, (-1, module.hidden_size))
        for part in found
    )
    assert w_ih is not None
    if w_hh is None:
        w_hh = w_ih.new_zeros(0, module.hidden_size, module.hidden_size)
    return LevelWeights(
        w_ih,
        w_hh,
        w_ih.new_zeros(w_ih.shape[:2]) if b_ih is None else b_ih,
        w_hh.new_zeros(w_hh.shape[:2]) if b_hh is None else b_hh,
    )


def cells_of(
    module: Any, inputs: Tensor, made: Tensor, states: States | None
) -> list[RecurrentCell]:
    """Make the cells of a served module's layers, the first layer's first.

    Args:
        module: The module, which has read a text.
        inputs: What it read, (T, D).
        made: What it made, (T, H).
        states: What it started from, h first, each (layers, H); None for zeros.
    """
    kind = kind_of(module)
    assert kind is not None
    depth = kind.depth(module)
    if states is None:
        shape = (kind.states(depth), module.num_layers, module.hidden_size)
        states = inputs.new_zeros(shape).unbind()
    cells = []
    for layer in range(module.num_layers):
        start = tuple(state[layer] for state in states)
        levels = [weights_of(module, layer, level) for level in range(depth)]
        last = layer + 1 == module.num_layers
        outputs = made if last else kind.run(module, layer, inputs, start)
        cells.append(kind.cell(levels, inputs, outputs, start))
        inputs = outputs
    return cells
