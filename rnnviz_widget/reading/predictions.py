"""What a model predicts at each output of a text, from logits that are not kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from torch import Tensor

from rnnviz_widget.engines import Engine, clean_torch
from rnnviz_widget.models import SequenceModel

from .finite import check_logits
from .row_source import Floats
from .target_statistics import logits_of, replaced, single

PREDICTIONS = 10


class Predictions:
    """A model's predictions on a text that its engine has read.

    Args:
        model: The model.
        engine: What has read the text. It keeps its logits until `drop` is called.
        tokens: The text's tokens, in words.
        before: Those on the text that the engine has read on from; None: it read the whole text.
        again: Outputs whose logits are wanted though `before` has their predictions.

    Attributes:
        top: The indices of each output's best classes, best first, (S, K).
        odds: Their probabilities, or the model's one number.
        rows: The outputs whose logits are known: `again`, and all that `before` does not have.
        logits: Their logits, in parts.

    Raises:
        FloatingPointError: If a logit is not finite.
    """

    def __init__(
        self,
        model: SequenceModel,
        engine: Engine,
        tokens: Sequence[str],
        before: Predictions | None = None,
        again: Sequence[int] = (),
    ) -> None:
        self._model, self._engine = model, engine
        kept = 0 if before is None else engine.kept
        self.rows: Sequence[int] = [*again, *range(kept, len(tokens))]
        self.logits: Iterable[Tensor] = logits_of(engine, self.rows)
        best, first = [], 0
        for part in self.logits:
            check_logits(part, tokens, self.rows[first:], model.name)
            best.append(self._probabilities(part).topk(min(PREDICTIONS, part.shape[1]), dim=1))
            first += len(part)
        self.top: npt.NDArray[np.integer]
        self.top = np.concatenate([each.indices.cpu().numpy() for each in best])
        self.odds: Floats = np.concatenate([each.values.cpu().numpy() for each in best])
        if before is not None:
            self.top = replaced(before.top[:kept], self.rows, self.top)
            self.odds = replaced(before.odds[:kept], self.rows, self.odds)

    def drop(self) -> None:
        """Free the memory of the logits; they can be computed again."""
        self.rows, self.logits = (), ()
        self._engine.logits = self._engine.logits[:0].clone()

    def likeliest(self, row: int, prefix: str, most: int) -> list[tuple[str, float]]:
        """The classes whose names begin with `prefix`, and their probabilities, best first."""
        outputs = self._model.outputs
        named = [k for k, name in enumerate(outputs) if name.startswith(prefix)]
        with clean_torch():
            odds = self._probabilities(self._engine.outputs([row])[0])[named]
            best = odds.topk(min(most, len(named)))
        found = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return [(outputs[named[n]], p) for n, p in found]

    def all_odds(self, row: int) -> Floats:
        """The probability of every class at an output, (V,), float32."""
        with clean_torch():
            odds = self._probabilities(self._engine.outputs([row])[0]).float()
        numbers: Floats = odds.cpu().numpy()
        return numbers

    def _probabilities(self, logits: Tensor) -> Tensor:
        """The probabilities of the classes, from logits (.., V); or the model's one number."""
        if self._model.unit is not None:
            return single(logits)
        return self._model.network.probabilities(single(logits))
