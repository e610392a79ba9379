"""The fast engine for a gate or a state as the target, by the layers' own equations."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.engine import Engine
from rnnviz_widget.engines.explained import Explained, KeptLogits
from rnnviz_widget.engines.measures import Measure, Scorer
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.module.trace import find_layers
from rnnviz_widget.engines.states.stepwise import StepwiseLayer, run_whole
from rnnviz_widget.scene.layer_words import layer_words
from rnnviz_widget.scene.reads import Reads
from rnnviz_widget.scene.states import StatePlace

from .cells import values_of
from .sweep import Sweep
from .sweep_engine import SweepEngine, read_layers
from .unit_rows import UnitStack, unit_seeds


def _names_in(module: nn.Module) -> dict[nn.Module, str]:
    """The names of submodules; of a layer that is run step by step, that of what does so."""
    found = {each: name for name, each in module.named_modules()}
    instead = [each for each in found if isinstance(each, StepwiseLayer)]
    return found | {each.layer: found[each] for each in instead}


class UnitSweepEngine(SweepEngine):
    """Serves one unit of a recurrent layer, read from left to right; see `unit_rows`.

    Args:
        network: The network that gives the unit's value; see `states.altered.unit_network`.
        ids: The token ids, (T,).
        place: Where the unit is.
        unit: Its number there.

    Raises:
        ValueError: If the layers below it are no stack of known equations; the message says why.
    """

    def __init__(self, network: Network, ids: Tensor, place: StatePlace, unit: int) -> None:
        with torch.no_grad(), network.computing(), run_whole(network.module):
            trace = network.trace(ids, network.embed(ids))
            layers = find_layers(trace)
            names = [_names_in(network.module)[call.module] for call in layers]
            if place.module not in names or any(call.flipped for call in layers):
                raise ValueError(
                    f"{layer_words(str(place))}, is none of a recurrent layer from left to right"
                )
            number = names.index(place.module)
            self._scorer = Scorer(network.embedding_matrix())
            read = read_layers(layers[: number + 1], (), None)
            *lower, own = [each.cells for each in read]
            cells = [*(cell for each in lower for cell in each), *own[: place.layer + 1]]
            axis = 0 if trace.batch_first else 1
            self._embedded = layers[0].read.detach().select(axis, 0)
            self._cell = cells[-1]
            self._inputs = self._embedded if len(cells) == 1 else cells[-2].states[0][1:]
            before = tuple(state[:-1] for state in self._cell.states)
            values = values_of(self._cell, self._inputs, before)[place.kind]
        self._stack = UnitStack(cells, len(ids))
        self._kind, self._unit, self._units = place.kind, unit, place.units
        kinds = " + ".join(type(call.module).__name__ for call in layers[: number + 1])
        Engine.__init__(
            self,
            reason=f"the {kinds} layers below the unit are served by their own equations",
            reads=Reads.up_to_own(len(ids)),
            predictions=KeptLogits(values[:, unit : unit + 1]),
            logits=values[:, unit : unit + 1],
            mode=torch.no_grad,
        )

    @property
    def read_stack(self) -> None:
        """None: the text is read again where an input is changed."""
        return None

    @property
    def route_stack(self) -> None:
        """None: routes lead to what a model predicts."""
        return None

    def scores_of_all(self, step: int, measure: Measure) -> Tensor:
        """The rows of all units of the place at one output, (H, T), exact."""
        units = torch.arange(self._units, device=self._embedded.device)
        steps = torch.full_like(units, step)
        with torch.no_grad():
            seeds = unit_seeds(self._cell, self._inputs, self._kind, steps, units).joined
            directions = self._scorer.directions(measure, self._embedded)
            sweep = Sweep(self._stack, steps.tolist(), seeds, measure, directions)
            for _ in sweep:
                pass
        return sweep.scores

    def _beginnings(self, rows: Sequence[int], targets: Sequence[Explained]) -> Tensor:
        """Where the rows begin; see `UnitSeeds.joined`."""
        del targets  # There is one number.
        steps = torch.tensor(rows, device=self._embedded.device)
        units = torch.full_like(steps, self._unit)
        return unit_seeds(self._cell, self._inputs, self._kind, steps, units).joined
