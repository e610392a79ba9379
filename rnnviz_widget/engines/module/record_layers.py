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

from rnnviz_widget.engines.sweep.cells import LayerSteps, is_served, kind_of
from rnnviz_widget.engines.sweep.products import linear


class LayerRecorder:
    """Records what the layers of recurrent modules make, in passes without a graph.

    Beside recurrent layers, linear ones with as many outputs as there are classes multiply as
    `Readout` does, so that logits are rounded alike however they are computed.

    Args:
        classes: The number of classes; 0: linear layers are left alone.
    """

    def __init__(self, classes: int = 0) -> None:
        self._classes = classes
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
        """Record the calls of recurrent layers in here, if there are any."""
        own = [layer for layer in module.modules() if "forward" not in vars(layer)]
        with contextlib.ExitStack() as stack:
            for layer in own if any(map(is_served, own)) else []:
                forward = layer.forward
                if kind_of(layer) is not None:
                    run: Callable[..., Any] = partial(_recurrent, self._recorded, layer, forward)
                elif type(layer) is nn.Linear and layer.out_features == self._classes:
                    run = partial(linear_of, layer, forward)
                else:
                    continue
                layer.forward = run
                stack.callback(delattr, layer, "forward")
            yield


def _recurrent(
    found: dict[int, tuple[Tensor, Sequence[LayerSteps]]],
    layer: nn.Module,
    forward: Callable[..., Any],
    *args: Any,
    **kwargs: Any,
) -> Any:
    output, layers = run_recorded(layer, lambda: forward(*args, **kwargs))
    if layers:
        found[id(output[0])] = output[0], layers
    return output


def run_recorded(layer: nn.Module, run: Callable[[], Any]) -> tuple[Any, Sequence[LayerSteps]]:
    """What a run of a recurrent module returns, and what each of its layers made meanwhile.

    Nothing is recorded in a pass with a graph, with `torch.autocast`, or of a kind of module that
    knows no way.
    """
    kind = kind_of(layer)
    plain = not (torch.is_grad_enabled() or torch.is_autocast_enabled("cpu"))
    if not plain or kind is None or kind.recorded is None:
        return run(), ()
    return kind.recorded(layer, run)


def linear_of(layer: nn.Linear, forward: Callable[[Tensor], Tensor], read: Tensor) -> Tensor:
    """The outputs of a linear layer, rounded as `products.linear` does, in passes without a graph.

    Args:
        layer: The layer.
        forward: Its own `forward`, for passes with a graph.
        read: Its inputs.
    """
    fits = isinstance(read, Tensor) and read.shape[-1:] == (layer.in_features,)
    if not fits or torch.is_grad_enabled() or torch.is_autocast_enabled("cpu"):
        return forward(read)
    return linear(read, layer.weight, layer.bias)
