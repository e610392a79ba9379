r"""Which number of a class is explained, by the name that a user passes as `of=`.

Index conventions: j, k class of V, y_k its logit at one output, p_k its probability.

    logit      y_k
    centred    y_k - (mean over j of y_j)
    log_prob   log p_k: y_k - log(sum over j of exp y_j), or log sigmoid(y_k) where each class is
               right or wrong by itself

Predictions determine the last two: a term that is added to all logits changes no prediction, none
of these two, and may be most of what the gradient of a logit shows (see `module.common_part`).
Where each class is right or wrong by itself its logit is its log-odds, which its probability
determines: there is nothing in common to be taken off. The difference of two logits, which a
contrast explains, has nothing of a common term in it either.
"""

from __future__ import annotations

from dataclasses import dataclass

from rnnviz_widget.calls import check_choice
from rnnviz_widget.scene.facet import DEFAULT_QUANTITY, QuantityName

from .explained import ClassOrPair, Explained, Normalized, Normalizer
from .methods.measure_names import AnyMeasure
from .methods.method import Method
from .module.capabilities import Capabilities


@dataclass(frozen=True)
class Quantity:
    """A number that a class has at an output.

    Attributes:
        name: What a user passes as `of=`.
        title: What it is called where there is little room.
        label: What it is, in words, with an article.
    """

    name: QuantityName
    title: str
    label: str

    def explained(self, chosen: ClassOrPair, *, by_itself: bool) -> Explained:
        """What an engine explains.

        Args:
            chosen: A class; or two, of which the difference of logits is explained in any case.
            by_itself: Whether each class is right or wrong by itself.
        """
        if isinstance(chosen, tuple) or self.name == "logit":
            return chosen
        if self.name == "centred":
            return Normalized(chosen, Normalizer.MEAN)
        return Normalized(chosen, Normalizer.SIGMOID if by_itself else Normalizer.SOFTMAX)


QUANTITIES: dict[str, Quantity] = {
    each.name: each
    for each in (
        Quantity("logit", "logit", "the logit"),
        Quantity("centred", "centred logit", "the logit minus the mean of all logits"),
        Quantity("log_prob", "log probability", "the log probability"),
    )
}


def quantity_named(name: str) -> Quantity:
    """Find a quantity.

    Raises:
        ValueError: If there is no such quantity; the message lists those there are.
    """
    check_choice("of", name, QUANTITIES)
    return QUANTITIES[name]


def quantity_for(name: str | None, capabilities: Capabilities, measure: AnyMeasure) -> Quantity:
    """The quantity of that name; without one the default, or what comes nearest to it.

    Raises:
        ValueError: If there is no such quantity, or the network has none such, or the measure
            can't tell of it; in words that the network's name comes before.
    """
    if name is None:
        fitting = (QUANTITIES[each] for each in (DEFAULT_QUANTITY, "centred"))
        fits = (each for each in fitting if _why_not(each, capabilities, measure) is None)
        return next(fits, QUANTITIES["logit"])
    found = quantity_named(name)
    why = _why_not(found, capabilities, measure)
    if why is not None:
        raise ValueError(why)
    return found


def quantities_of(capabilities: Capabilities) -> list[Quantity]:
    """What of a class of a network can be explained, by most measures."""
    one_number = capabilities.one_number
    return [
        each
        for each in QUANTITIES.values()
        if _why_not_of_network(each, capabilities) is None and not one_number
    ]


def _why_not(quantity: Quantity, capabilities: Capabilities, measure: AnyMeasure) -> str | None:
    if isinstance(measure, Method) and measure.name == "deep_lift" and quantity.name == "log_prob":
        return (
            "DeepLift's rule has nothing for the logarithm of a probability, and its scores would "
            'not add up; use of="centred" with it, or integrated_gradients'
        )
    return _why_not_of_network(quantity, capabilities)


def _why_not_of_network(quantity: Quantity, capabilities: Capabilities) -> str | None:
    if quantity.name == "logit":
        return None
    if capabilities.one_number:
        return (
            f"of={quantity.name!r} is of a class, and it gives one number and has no classes; "
            'leave of= out, or use of="logit": that number is explained'
        )
    if capabilities.independent_classes and quantity.name == "centred":
        return (
            "of='centred' takes off what all logits have in common, and here each class is right "
            'or wrong by itself: its logit, the log-odds, is all its own. Use of="logit", or '
            'of="log_prob"'
        )
    return None
