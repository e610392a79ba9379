"""Which measures a network can be read by."""

from __future__ import annotations

from rnnviz_widget.engines.measures import MEASURES
from rnnviz_widget.engines.module.network import Network

from .attention import may_attend
from .by_captum import has_captum, without_rule
from .method import CAPTUM, EXCHANGES, METHODS


def measures_of(network: Network) -> list[str]:
    """The names of all measures and methods that are likely to serve a network.

    What only shows when it is tried, as a function without a rule in DeepLift's way, is an error
    then.
    """
    return [*MEASURES, *(name for name in METHODS if _may(network, name))]


def _may(network: Network, name: str) -> bool:
    if name.startswith("attention"):
        return not network.capabilities.answers_once and may_attend(network.module)
    if name in EXCHANGES and network.options.symbols < 2:
        return False
    if name == "deep_lift" and without_rule(network.module) is not None:
        return False
    return name not in CAPTUM or has_captum()
