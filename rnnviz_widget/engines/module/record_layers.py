"""What each layer of a recurrent module makes, recorded while the module runs.

The module's own code runs. Otherwise its lower layers, whose outputs a module does not return,
would have to read the text a second time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines.sweep.cells import LayerSteps, RecordedRun, kind_of


class LayerRecorder:
    """Records what the layers of recurrent modules make, in passes without a graph."""

    def __init__(self) -> None:
        # What each call made is held, so that its id is not given to another tensor.
        self._recorded: dict[int, tuple[Tensor, Sequence[LayerSteps]]] = {}

    def layers_of(self, made: Tensor) -> Sequence[LayerSteps]:
        """What each layer made of the first text in the call that returned this tensor.

        Empty if that is not known.
        """
        found = self._recorded.get(id(made))
        return () if found is None else found[1]

    @contextlib.contextmanager
    def within(self, module: nn.Module) -> Iterator[None]:
        """Record the calls of recurrent layers in here."""
        with contextlib.ExitStack() as stack:
            for layer in module.modules():
                kind = kind_of(layer)
                if kind is None or kind.recorded is None or "forward" in vars(layer):
                    continue
                forward = layer.forward
                layer.forward = partial(_recurrent, self._recorded, kind.recorded, layer, forward)
                stack.callback(delattr, layer, "forward")
            yield


def _recurrent(
    found: dict[int, tuple[Tensor, Sequence[LayerSteps]]],
    recorded: RecordedRun,
    layer: nn.Module,
    forward: Callable[..., Any],
    *args: Any,
    **kwargs: Any,
) -> Any:
    if torch.is_grad_enabled() or torch.is_autocast_enabled("cpu"):
        return forward(*args, **kwargs)
    output, layers = recorded(layer, lambda: forward(*args, **kwargs))
    found[id(output[0])] = output[0], layers
    return output
