"""How likely a model finds each input symbol at a place of a text, by its own predictions.

Index conventions: t input token, v input symbol, w output class, P(w) its probability.

    the next token     P(v), of the classes that are input symbols
    a masked token     the same, at the output of t itself, which reads the text with t masked
    the word typed     sum of P(w) over the words w that go on with v after the letters typed so
                       far; a word that is complete goes on with a space

All are divided by their sum over v. The output is the one before t, so that these are the model's
p(x_t = v | x_<t); that of a masked token is given all other tokens.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from rnnviz_widget.scene.reads import Reads
from rnnviz_widget.words import is_white_space

from .sequence import SequenceModel


def why_no_input_predictions(model: SequenceModel) -> str | None:
    """Why a model's predictions say nothing of its inputs, to follow its name; None: they do."""
    able, options = model.network.capabilities, model.network.options
    known = (symbol for symbol in model.inputs if symbol in model.classes)
    predicts_them = len(list(itertools.islice(known, 2))) == 2
    follows = model.truth == "next" or (model.truth == "same" and options.mask is not None)
    reasons = {
        "reads vectors, and predicts none of them": able.reads_vectors,
        "gives one number, and predicts no symbol": able.one_number,
        "has one output for the whole text, and none for each symbol": able.one_output,
        "predicts classes that are each right or wrong by itself": able.independent_classes,
        "predicts words, and reads symbols of several letters": model.truth == "word"
        and any(len(symbol) != 1 for symbol in model.inputs),
        "predicts other symbols than those that it reads": follows and not predicts_them,
        'is not said to predict what follows (truth="next" or "word")': not follows
        and model.truth != "word",
    }
    return next((words for words, holds in reasons.items() if holds), None)


@dataclass(frozen=True)
class InputPredictions:
    """How likely a model finds each symbol at each place of a text; see above.

    Attributes:
        model: The model; `why_no_input_predictions` of it is None.
        ids: The token ids of the text, T of them.
        reads: Which tokens each output reads.
    """

    model: SequenceModel
    ids: Sequence[int]
    reads: Reads
    _kept: dict[str, tuple[Tensor, Tensor]] = field(default_factory=dict)

    def output(self, t: int) -> int:
        """The output that predicts token t.

        Raises:
            ValueError: If there is none; the message follows the model's name.
        """
        if self.model.network.options.mask is not None:
            return t
        if t == 0:
            raise ValueError("predicts nothing before the first symbol")
        if self.reads.read(t - 1, t):
            raise ValueError("has read what stands there already where it predicts it")
        return t - 1

    def shares(self, t: int, odds: Tensor) -> Tensor:
        """How likely each input symbol is as token t, (V_in,), in double precision.

        Args:
            t: The token.
            odds: The probabilities of all classes at `output(t)`, (V,).

        Raises:
            ValueError: If it predicts no symbol there; the message follows the model's name.
        """
        before = self._typed_before(t) if self.model.truth == "word" else ""
        if before not in self._kept:
            self._kept[before] = self._go_on(before)
        classes, symbols = self._kept[before]
        odds = odds.double().cpu()
        found = torch.zeros(len(self.model.inputs), dtype=torch.float64)
        found.index_add_(0, symbols, odds[classes])
        total = found.sum()
        if not total > 0:
            raise ValueError(f"predicts no word that begins with “{before}”")
        return found / total

    def _typed_before(self, t: int) -> str:
        """The letters of the word being typed, before token t."""
        start = t
        while start > 0 and not is_white_space(self.model.inputs[self.ids[start - 1]]):
            start -= 1
        return "".join(self.model.inputs[id_] for id_ in self.ids[start:t])

    def _go_on(self, before: str) -> tuple[Tensor, Tensor]:
        """Which classes say what follows, and the input symbol that each says."""
        numbers = {symbol: number for number, symbol in enumerate(self.model.inputs)}
        if self.model.truth != "word":
            pairs = [(k, numbers[w]) for w, k in self.model.classes.items() if w in numbers]
        else:
            spaces = (number for symbol, number in numbers.items() if is_white_space(symbol))
            space = next(spaces, None)
            words, pairs = sorted(self.model.classes), []
            for word in words[bisect.bisect_left(words, before) :]:
                if not word.startswith(before):
                    break
                after = word[len(before) : len(before) + 1]
                symbol = numbers.get(after) if after else space
                if symbol is not None and word:
                    pairs.append((self.model.classes[word], symbol))
        found = torch.tensor(pairs, dtype=torch.long).reshape(-1, 2)
        return found[:, 0], found[:, 1]
