"""Runs a model on changed texts, to check measures against.

It shares no code with the measures. The ids of a changed text are passed to the module as a user
would pass them, the whole text is read from its beginning, and the probabilities are compared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rnnviz_widget.engines import ClassOrPair, agree, clean_torch
from rnnviz_widget.engines.module.calling import HeadReachedError
from rnnviz_widget.engines.module.squashing import squashes
from rnnviz_widget.engines.module.trace import Head, stopped_at
from rnnviz_widget.models import SequenceModel

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# The largest number of texts in a batch, and of logits.
_TEXTS = 128
_LOGITS = 2**22

# Stands for log 0: the logarithm of the smallest double-precision number.
_IMPOSSIBLE = -745.0


class Rerunner:
    """Runs a model on changed texts.

    The explained number is the log probability of a class, the difference of the log probabilities
    of two classes, or the prediction of a model of one number.

    Args:
        model: The model.
        ids: The ids of a text that it reads, (T,).

    Attributes:
        batches: Whether texts are read in batches. Found by comparing a batch with single texts.
    """

    def __init__(self, model: SequenceModel, ids: Sequence[int]) -> None:
        self._model, self._network = model, model.network
        known, options = self._network.capabilities, self._network.options
        self._separate = options.mask is not None or options.window is not None
        self.batches = known.private and not known.random
        self._compared = False
        self._head: Head | None = None
        if not self._separate and not known.one_output and len(ids) > 0:
            with self._network.computing():
                self._head = self._network.passes.known_head(torch.tensor(ids))

    def explained(
        self, texts: Integers, rows: Sequence[int], targets: Sequence[ClassOrPair]
    ) -> Floats:
        """Compute the explained number at some outputs of each text, shape (B, R).

        Args:
            texts: Ids, shape (B, T).
            rows: The outputs, R of them.
            targets: The class explained at each, or the two that are compared.

        Raises:
            FloatingPointError: If a rerun gives NaN; the message names the output.
            RuntimeError: If the module fails on a changed text; the cause is attached.
        """
        parts, done = [], 0
        while done < len(texts):
            size = min(_TEXTS, _LOGITS // (len(rows) * self._network.capabilities.classes))
            size = max(1, size) if self.batches else 1
            ids = torch.from_numpy(texts[done : done + size])
            found = self._checked(ids, rows, targets)
            if found is not None:
                parts.append(found)
                done += size
        numbers = np.concatenate(parts) if parts else np.zeros((0, len(rows)))
        check_numbers(numbers, rows, self._model.name)
        return numbers

    def _checked(
        self, ids: Tensor, rows: Sequence[int], targets: Sequence[ClassOrPair]
    ) -> Floats | None:
        """Read a batch; None if that does not give the same as reading each text alone."""
        if self._compared or len(ids) == 1:
            return self._read(ids, rows, targets)
        try:
            found = self._read(ids, rows, targets)
            alone = self._read(ids[-1:], rows, targets)
            self._compared = True
            if agree(torch.from_numpy(found[-1:]).float(), torch.from_numpy(alone).float()):
                return found
        except Exception:  # noqa: BLE001 - whatever a module raises that reads one text at a time
            self._compared = True
        self.batches = False
        return None

    def _read(self, ids: Tensor, rows: Sequence[int], targets: Sequence[ClassOrPair]) -> Floats:
        """Read a batch of texts."""
        logits = self.logits(ids, rows)
        with clean_torch():
            return numbers_of_targets(self._model, logits, targets)

    def logits(self, ids: Tensor, rows: Sequence[int]) -> Tensor:
        """The logits of some outputs of each text of a batch, (B, R, V), detached.

        Args:
            ids: The texts, (B, T).
            rows: The outputs; one may be asked for more than once.
        """
        with self._network.computing(), torch.no_grad():
            outputs = sorted(set(rows))
            if self._separate:
                logits = torch.cat([self._own_text(ids, row) for row in outputs], dim=1)
            else:
                logits = self._outputs(ids, outputs)
            return logits[:, [outputs.index(row) for row in rows]]

    def _own_text(self, ids: Tensor, row: int) -> Tensor:
        """Logits of an output that has its own text: with its token masked, or a window."""
        options = self._network.options
        if options.mask is not None:
            ids = ids.clone()
            ids[:, row] = options.mask
            return self._outputs(ids, [row])
        assert options.window is not None
        if options.pad is not None:
            pads = ids.new_full((len(ids), options.window - 1), options.pad)
            ids, row = torch.cat([pads, ids], dim=1), row + options.window - 1
        window = ids[:, max(0, row + 1 - options.window) : row + 1]
        return self._outputs(window, [window.shape[1] - 1])

    def _outputs(self, ids: Tensor, rows: Sequence[int]) -> Tensor:
        """Logits of some outputs of whole texts, (B, R, V)."""
        passes = self._network.passes
        call, layout = passes.call, passes.layout
        if self._head is not None:
            head, read = self._head, list[Tensor]()
            with stopped_at(call.module, head, read), call.turn():
                try:
                    call.returned(ids, passes.point, None)
                except HeadReachedError:
                    hidden = read[0] if call.batch_first else read[0].transpose(0, 1)
                    return head.readout.logits(hidden[:, list(rows)])
        with call.turn(), squashes(wanted=layout.may_squash) as made:
            output = call.returned(ids, passes.point, None)
            copies, length = ids.shape
            return layout.logits(output, copies, length, made).each[:, list(rows)]


def numbers_of_targets(
    model: SequenceModel, logits: Tensor, targets: Sequence[ClassOrPair]
) -> Floats:
    """What `Rerunner` explains, from logits at R outputs of each text, (B, R, V): (B, R)."""
    logits = logits.double()
    if model.unit is not None:
        return _numpy(logits[..., 0])
    logs = model.network.log_probabilities(logits).clamp(min=_IMPOSSIBLE)
    each = [_difference(logs[:, n], k) for n, k in enumerate(targets)]
    return _numpy(torch.stack(each, dim=1))


def check_numbers(numbers: Floats, rows: Sequence[int], name: str) -> None:
    """Refuse numbers, (B, R), of which one is NaN.

    Raises:
        FloatingPointError: If one is; the message names the output.
    """
    lost = np.isnan(numbers).any(axis=0)
    if lost.any():
        raise FloatingPointError(
            f"run again on a text with an input exchanged, {name} gives NaN at output "
            f"{rows[int(lost.argmax())]}: it can't be checked. Look for a division by zero or a "
            "number out of range in the module"
        )


def _difference(logs: Tensor, k: ClassOrPair) -> Tensor:
    """The log probability of a class, or the difference of those of two, (B,)."""
    return logs[:, k[0]] - logs[:, k[1]] if isinstance(k, tuple) else logs[:, k]


def _numpy(numbers: Tensor) -> Floats:
    found: Floats = numbers.cpu().numpy()
    return found
