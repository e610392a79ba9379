"""Which measures and methods can explain a network."""

from __future__ import annotations

from torch import nn

from rnnviz_widget.engines.measures import MEASURES
from rnnviz_widget.engines.module.network import Network
from rnnviz_widget.engines.sweep.cells import is_bidirectional, is_served

from .attention import may_attend
from .by_captum import has_captum, without_rule
from .method import CAPTUM, EXCHANGES, METHODS, PLAUSIBLE
from .replacements import EXACT


def measures_of(network: Network, *, predicts_inputs: bool = False) -> list[str]:
    """The names of all measures and methods that are likely to work for a network.

    Those that draw from its own predictions need a network that predicts its inputs. What only a
    try can show, such as a function for which DeepLift has no rule, is an error then.
    """
    methods = (name for name in METHODS if name != PLAUSIBLE or predicts_inputs)
    return [*MEASURES, *(name for name in methods if _may(network, name))]


def signed_measure(network: Network) -> str:
    """The measure of a network whose signs are right, and that is quick enough for each hover.

    Scores that a sign is read off must be differences between runs: those of gradients are right
    about as often as a coin. Of recurrent layers that can read on from an input that is changed,
    and know few symbols, it is `quick_exchange`. All else takes a pass for each symbol and input,
    and is read by `occlusion`, which takes one for each input.
    """
    able, options = network.capabilities, network.options
    alone = options.mask is None and options.window is None and not able.one_output
    plain = alone and able.private and not able.random and not able.reads_vectors
    quick = plain and 2 <= options.symbols <= EXACT and _is_recurrent_stack(network.module)
    return "quick_exchange" if quick else "occlusion"


def _is_recurrent_stack(module: nn.Module) -> bool:
    """Whether all of a module's weights are of recurrent layers, embeddings and linear layers.

    Of a bidirectional layer it is not one that can read on from an input that is changed.
    """
    weighted = [
        each for each in module.modules() if next(each.parameters(recurse=False), None) is not None
    ]
    cells = [each for each in weighted if is_served(each) and not is_bidirectional(each)]
    others = (each for each in weighted if each not in cells)
    return bool(cells) and all(type(each) in {nn.Embedding, nn.Linear} for each in others)


def _may(network: Network, name: str) -> bool:
    if name.startswith("attention"):
        return not network.capabilities.answers_once and may_attend(network.module)
    if name in EXCHANGES and network.options.symbols < 2:
        return False
    if name == PLAUSIBLE and network.options.window is not None:
        return False
    if name == "quick_exchange" and not _is_recurrent_stack(network.module):
        return False
    if name == "deep_lift" and without_rule(network.module) is not None:
        return False
    return name not in CAPTUM or has_captum()
