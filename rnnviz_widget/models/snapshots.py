"""One set of weights for whoever reads with it, while models take new ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rnnviz_widget.engines import Network

if TYPE_CHECKING:
    from .sequence import SequenceModel


@dataclass
class Weights:
    """What models of the same weights share, so that one refresh is all of theirs.

    Attributes:
        network: What runs the copy that was taken last. It is replaced, never changed: whoever
            has read a text with it goes on with the same weights.
    """

    network: Network


def renewed(
    models: Mapping[str, SequenceModel],
) -> tuple[dict[str, SequenceModel], Callable[[], None]]:
    """Models with the weights of their modules as they are now, all of them or none.

    Weights that several models share are taken once.

    Returns:
        Snapshots with the new weights, and what makes the models given go on with them too.

    Raises:
        TypeError, ValueError, RuntimeError: If a module does not work any more as it did; the
            models are as they were.
    """
    networks: dict[Network, Network] = {}
    for model in models.values():
        if model.network not in networks:
            networks[model.network] = model.network.renewed()
    pairs = [(model, networks[model.network]) for model in models.values()]
    snapshots = {
        name: model.snapshot(network) for name, (model, network) in zip(models, pairs, strict=True)
    }

    def take() -> None:
        for model, network in pairs:
            model.take(network)

    return snapshots, take
