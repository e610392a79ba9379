"""Weights that readings keep while their models take new ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rnnviz_widget.engines import Network

if TYPE_CHECKING:
    from .sequence import SequenceModel


@dataclass
class Weights:
    """The weights that several models share, so that one refresh renews all of them.

    Attributes:
        network: Runs the latest copy. It is replaced and never changed, so that readings which use
            it keep the same weights.
    """

    network: Network


def renewed(
    models: Mapping[str, SequenceModel],
) -> tuple[dict[str, SequenceModel], Callable[[], None]]:
    """Take the current weights of all models' modules, or, if one fails, of none.

    Weights that several models share are taken once.

    Returns:
        Snapshots with the new weights, and a function that makes the given models use them, too.

    Raises:
        TypeError, ValueError, RuntimeError: If a module no longer works as it did; the models keep
            their weights.
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
