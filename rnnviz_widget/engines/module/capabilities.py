"""What a module does, as found by experiments when its weights are taken."""

from __future__ import annotations

from dataclasses import dataclass

from .common_part import CommonPart
from .logits_layout import LogitsLayout, OutputShape


@dataclass(frozen=True)
class Capabilities:
    """What a module does, as found by experiments.

    Attributes:
        private: Whether a copy is run; else the user's own module, whose weights may change.
        random: Whether two passes give different logits; passes then run with a fixed seed.
        layout: How its logits are laid out, and what the numbers are.
        window: How many tokens each output reads, up to its own; None: no window was asked for.
        reads_vectors: Whether inputs are vectors, not symbols.
        embedding_name: Where a text enters the module, as a user would name it.
        max_tokens: How many positions it has; None: not known.
        columns_without_gradient: Columns of the input vectors that change outputs though no
            gradient reaches them, such as codes that are looked up.
        seems_causal: Whether on the few tokens that it was tried on the first half of the outputs
            had no gradient at the second half of the inputs. Of a text this is no proof.
        common_part: What the gradients of all its logits have in common, if that is most of them.
    """

    private: bool
    random: bool
    layout: LogitsLayout
    window: int | None
    reads_vectors: bool
    embedding_name: str
    max_tokens: int | None
    columns_without_gradient: list[int]
    seems_causal: bool
    common_part: CommonPart | None

    @property
    def answers_once(self) -> bool:
        """Whether it gives one output for all that it reads, instead of one for each token."""
        return self.layout.shape is OutputShape.WHOLE

    @property
    def one_output(self) -> bool:
        """Whether one output for the whole text stands at every token."""
        return self.answers_once and self.window is None

    @property
    def classes(self) -> int:
        """The number of output classes, V."""
        return self.layout.classes

    @property
    def independent_classes(self) -> bool:
        """Whether each class is right or wrong by itself (sigmoid): a logit is its log-odds."""
        return self.layout.independent_classes

    @property
    def one_number(self) -> bool:
        """Whether it gives one number, such as a price, instead of classes with probabilities."""
        return self.classes == 1 and not self.independent_classes
