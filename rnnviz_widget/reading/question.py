"""What is asked of a model at each of its outputs, and what a score of the answer is."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rnnviz_widget.engines import (
    AnyMeasure,
    ClassOrPair,
    Explained,
    Method,
    Named,
    Quantity,
    any_measure,
    in_vectors,
    quantity_for,
    quantity_named,
    signed_measure,
)
from rnnviz_widget.models import (
    TRUTH,
    CheckedTarget,
    Choice,
    Contrast,
    SequenceModel,
    Unit,
    has_contrast,
)
from rnnviz_widget.picture.format import visible
from rnnviz_widget.scene.facet import MeasureInfo


@dataclass(frozen=True)
class Scoring:
    """What a score is.

    Attributes:
        measure: How what is explained depends on an input, with what is explained in its label.
        quantity: Which number of a class is explained. Of two that are compared it is the
            difference of their logits.
    """

    measure: AnyMeasure
    quantity: Quantity

    @property
    def info(self) -> MeasureInfo:
        """The same as it travels."""
        measure = self.measure
        return MeasureInfo(measure.name, measure.signed, measure.label, self.quantity.name)

    def is_free_of_common_part(self, target: CheckedTarget) -> bool:
        """Whether a term that is added to all logits can't change a score."""
        of_target = not isinstance(self.measure, Method) or self.measure.of_target
        return not of_target or self.quantity.name != "logit" or isinstance(target, Contrast)

    def explained(self, chosen: list[ClassOrPair], model: SequenceModel) -> list[Explained]:
        """What an engine explains of classes of a model, or of pairs of them."""
        by_itself = model.network.capabilities.independent_classes
        return [self.quantity.explained(each, by_itself=by_itself) for each in chosen]


@dataclass(frozen=True)
class Question:
    """What is asked of a model at each of its outputs.

    Attributes:
        target: Which class is explained, or which two are compared.
        measure: How, of models that have no measure of their own; None: for a contrast, whose sign
            tells for which of the two an input speaks, the `engines.signed_measure` of each, else
            "norm", the article's formula.
        of: Which number of the class, see `engines.quantities`; of models that have none of their
            own. None: the default.
    """

    target: CheckedTarget = TRUTH
    measure: Named | None = None
    of: str | None = None

    def __post_init__(self) -> None:
        """Refuse what there is not.

        Raises:
            ValueError: If there is no such measure or quantity.
        """
        if self.measure is not None:
            any_measure(self.measure)
        if self.of is not None:
            quantity_named(self.of)

    def scoring(self, model: SequenceModel) -> Scoring:
        """What a score of a model's answer is.

        Raises:
            ValueError: If there is no such measure or quantity, or the model has none such.
        """
        measure = self._measure(model)
        of = self.of if model.of is None else model.of
        try:
            quantity = quantity_for(of, model.network.capabilities, measure)
        except ValueError as error:
            raise ValueError(f"{model.name}: {error}") from None
        label = self._label(measure, quantity)
        if model.unit is not None:
            label = label.replace("the logit", "the number")
        if model.network.capabilities.reads_vectors:
            label = in_vectors(label)
        return Scoring(replace(measure, label=label), quantity)

    def _measure(self, model: SequenceModel) -> AnyMeasure:
        named = model.measure or self.measure
        if named is None:
            named = signed_measure(model.network) if has_contrast(self.target) else "norm"
        return any_measure(named)

    def _label(self, measure: AnyMeasure, quantity: Quantity) -> str:
        """What a score is in words, with what is explained where that is no plain logit."""
        if isinstance(measure, Method) and not measure.of_target:
            return measure.label
        if isinstance(self.target, Contrast):
            one, other = _both_named(self.target)
            what = f"{measure.label}, of the logit of {one} minus that of {other}"
            return what + _signs(measure, one, other)
        if isinstance(self.target, Unit):
            return f"{measure.label}, of {self.target.words}"
        label = measure.label
        if quantity.name != "logit":
            said = "the logit" in label
            label = (
                label.replace("the logit", quantity.label)
                if said
                else (f"{label}, of {quantity.label}")
            )
        if not has_contrast(self.target):
            return label
        what = f"{label}; where two classes are compared, of the difference of their logits"
        return what + _signs(measure, "the first", "the second")


def _signs(measure: AnyMeasure, one: str, other: str) -> str:
    if not measure.signed:
        return ""
    verb = "speaks" if isinstance(measure, Method) and measure.by_running else "would speak"
    return f": + {verb} for {one}, − for {other}"  # noqa: RUF001 (minus)


def _both_named(contrast: Contrast) -> tuple[str, str]:
    if contrast.rather_than is contrast.target:
        return "the top prediction", "the second prediction"
    return _named(contrast.target), _named(contrast.rather_than)


def _named(one: Choice | str) -> str:
    if one is Choice.TRUTH:
        return "the truth"
    return "the top prediction" if one is Choice.TOP else f"“{visible(one)}”"
