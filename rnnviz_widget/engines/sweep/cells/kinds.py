"""Kinds of recurrent layers: what is known of each, and the cells that one makes of a text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import torch
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

ProjectedBuilder = Callable[[Tensor], CellBuilder]
"""Makes the builder of cells whose h is what a layer makes, multiplied by this matrix (P, H)."""

LayerSteps = tuple[Tensor, ...]
"""What one layer of a module made of a text, (T, H), both directions side by side; then whatever
else of each step the cells of its kind need not work out again."""

RecordedRun = Callable[[nn.Module, Callable[[], Any]], tuple[Any, Sequence[LayerSteps]]]
"""Calls a function, which runs a module once and without a graph: what it returns, and what each
layer made of the first text of its batch. Nothing of the layers, where that is not known."""

LayerRun = Callable[[nn.Module, int, Tensor, States], Tensor]
"""Runs one layer of a module in one direction: its number, its inputs (T, D), and the states it
starts from, (H,) each, to its outputs (T, H). A bidirectional module has two for each layer: number
2 n reads forwards, number 2 n + 1 backwards, whose inputs and outputs are in the order of
reading."""


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
        bidirectional: Whether its modules may be bidirectional, as torch's own are.
        projected: Makes the cells of a module with a `proj_size`; None: it can't have one.
        recorded: Runs a module and records what its layers make; None: they are run again.
        known: Whether cells take what else was recorded of a layer's steps, by the name `known`:
            all but the first of `LayerSteps`.
    """

    name: str
    module: type[nn.Module]
    cell: CellBuilder
    run: LayerRun
    options: Mapping[str, Any] = field(default_factory=dict)
    memories: int = 0
    nested: bool = False
    biases_apart: int = 0
    bidirectional: bool = False
    projected: ProjectedBuilder | None = None
    recorded: RecordedRun | None = None
    known: bool = False

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
    kind = kind_of(module)
    return (
        kind is not None
        and (kind.bidirectional or not is_bidirectional(module))
        and (kind.projected is not None or not getattr(module, "proj_size", 0))
    )


def is_bidirectional(module: nn.Module) -> bool:
    """Whether each layer of a recurrent module reads its inputs in both directions."""
    return bool(getattr(module, "bidirectional", False))


def parameter_names(
    layer: int, level: int = 0, *, backward: bool = False
) -> tuple[str, str, str, str]:
    """What W_ih, W_hh, b_ih and b_hh of a level are called, such as "weight_ih_l0".

    Args:
        layer: The layer's number.
        level: The level's.
        backward: Whether those of the direction that reads backwards.
    """
    end = f"_l{layer}" + (f"_n{level}" if level else "") + ("_reverse" if backward else "")
    return "weight_ih" + end, "weight_hh" + end, "bias_ih" + end, "bias_hh" + end


def weights_of(module: Any, layer: int, level: int = 0, *, backward: bool = False) -> LevelWeights:
    """The weights of a level of a served module; zeros for biases that it doesn't have."""
    names = parameter_names(layer, level, backward=backward)
    found = [getattr(module, name, None) for name in names]
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
    module: Any,
    inputs: Tensor,
    made: Tensor,
    states: States | None,
    layers: Sequence[LayerSteps] = (),
) -> list[RecurrentCell]:
    """Make the cells of a served module's layers, the first layer's first.

    A bidirectional module has two for each layer. The second has read the inputs backwards, and its
    states are in the order of reading.

    Args:
        module: The module, which has read a text.
        inputs: What it read, (T, D).
        made: What it made, (T, H); if bidirectional, what both directions made side by side.
        states: What it started from, h first, each (layers, H); None for zeros.
        layers: What each of its layers made, if known; else all but the last are run again.
    """
    kind = kind_of(module)
    assert kind is not None
    ways = (False, True) if is_bidirectional(module) else (False,)
    count = len(ways) * module.num_layers
    if states is None:
        memories = kind.states(kind.depth(module)) - 1
        h = inputs.new_zeros(count, made.shape[1] // len(ways))
        states = (h, *inputs.new_zeros(memories, count, module.hidden_size))
    cells = []
    for layer in range(module.num_layers):
        last = layer + 1 == module.num_layers
        recorded, *known = layers[layer] if layers else (None,)
        whole = made if last else recorded
        outputs: list[Tensor] = []
        for way, backward in enumerate(ways):
            number = layer * len(ways) + way
            start = tuple(state[number] for state in states)
            read = inputs.flip(0) if backward else inputs
            if whole is None:
                own = kind.run(module, number, read, start)
            else:
                own = whole.chunk(len(ways), dim=1)[way]
                own = own.flip(0) if backward else own
            seen = read, own, start
            cells.append(_cell(kind, module, layer, seen, known, backward=backward))
            outputs.append(own.flip(0) if backward else own)
        inputs = outputs[0] if len(ways) == 1 else torch.cat(outputs, dim=1)
    return cells


def _cell(
    kind: CellKind,
    module: Any,
    layer: int,
    seen: tuple[Tensor, Tensor, States],
    known: Sequence[Tensor],
    *,
    backward: bool,
) -> RecurrentCell:
    """The cell of one layer in one direction: what it read, made, and started from."""
    levels = [
        weights_of(module, layer, level, backward=backward) for level in range(kind.depth(module))
    ]
    build: Any = kind.cell
    if known and kind.known:
        build = partial(build, known=known)
    projection = getattr(module, f"weight_hr_l{layer}" + "_reverse" * backward, None)
    if projection is not None and kind.projected is not None:
        build = kind.projected(projection.detach())
    cell: RecurrentCell = build(levels, *seen)
    return cell
