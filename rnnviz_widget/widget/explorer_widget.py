"""Traits, validation, wiring: the explorer on one side, the page on the other."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from rnnviz_widget.engines import FORKS
from rnnviz_widget.explorer import Answer, Explorer
from rnnviz_widget.models import SequenceModel, target_to_json
from rnnviz_widget.picture import SCALES
from rnnviz_widget.scene.bytes_as_text import as_text
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.facet import Scene
from rnnviz_widget.scene.packing import Message
from rnnviz_widget.scene.replies import Progress, Status
from rnnviz_widget.scene.rows import Answer as AnswerMessage
from rnnviz_widget.scene.rows import Rows, pack_outcome, pack_rows

from . import rerun
from .measures import Measures
from .numbers import Numbers
from .outputs import Outputs
from .sharing import Sharing
from .strips import StripTraits
from .targets import Targets
from .text import Text

_STATIC = Path(__file__).parents[1] / "static"
# Numbers are true to 1/1000 of their row's largest: from far below this on only that is left.
_SHARPEST = 1e6


class _Sharpness(traitlets.Float[float, int | float]):
    """A number from 1 to 1,000,000: no NaN, and none that JSON has no way to write."""

    def validate(self, obj: Any, value: Any) -> float:
        """A float of it, if it is one."""
        # NaN is in no range, and an integer may be larger than any float.
        if isinstance(value, (bool, str)) or not isinstance(value, (int, float)):
            self.error(obj, value)
        if not 1 <= value <= _SHARPEST:
            raise traitlets.TraitError(
                f"sharpness must be a number from 1 to {_SHARPEST:,.0f}; got {value!s:.40}"
            )
        return float(value)


def _page_code(name: str) -> Path | str:
    """A file of the page, as text.

    To a path anywidget connects every widget for good, whether it watches the file or not: none
    would ever be freed. It watches files, for who develops the page, where ANYWIDGET_HMR is 1.
    """
    file = _STATIC / name
    return file if os.getenv("ANYWIDGET_HMR") == "1" else file.read_text(encoding="utf-8")


class ExplorerWidget(Numbers, Sharing, Targets, Measures, Text, StripTraits, anywidget.AnyWidget):
    """Hover a character and see what each model read; made by `rv.explore` or `rv.from_rows`.

    Attributes:
        position: The character hovered, an index into the text; set it, observe it, link it.
        pinned: The character pinned, or None; while set, it is shown instead.
        direction: "sources": what the output at the character rests on; "influence": how much of
            each other output lies on the character as an input, once these rows are there.
        scale: How numbers become colour. "share" of the row (default), full at one share for all
            models; "row": of the row's largest; "one": the measure in its own unit, one scale for
            all models; "log": shares, logarithmic; "published": the square of "row", as the
            article's figure; "sparsemax": sparsemax of `sharpness` times "row".
        by: "character", or "word": numbers summed over words, each with the space before it.
        target: What is explained: `rv.TRUTH`, `rv.TOP`, a class, or two compared,
            `rv.Contrast(one, other)`; set it, observe it, link it. All models explain it, or none
            does: what one can't is a `TraitError` that names the model.
        measure: What the numbers are of all models that have no measure of their own (`model.by`);
            set it, observe it, link it. What one model can't be read by is a `TraitError`.
        brush: The characters [start, end) whose share is read for each model, or None; drag over
            a text to set it. With `direction` "influence" it is the inputs whose influence is
            drawn.
        bars: Whether a bar under each character says what its colour says.
        playing: Whether the picture walks through the text by itself, until someone points at it.
        sharpness: b of sparsemax(b |C| / max |C|), 1 to 1,000,000: the larger, the fewer are left.
        text: The text; set it, observe it, link it. All models read it, or none does: what one
            can't is a `TraitError` that names the model. The position stays, or goes to the new
            text's last character; a pin that it does not have is released.
        models: The models by name; of ready-made rows there are none.
    """

    _esm = _page_code("widget.js")
    _css = _page_code("widget.css")

    # No echo: it would set a pointer that has moved on back to where it was.
    position = traitlets.Int(0, help="the character hovered").tag(sync=True, echo_update=False)
    pinned = traitlets.Int(None, allow_none=True, help="the character pinned").tag(
        sync=True, echo_update=False
    )
    direction = traitlets.Enum(
        ["sources", "influence"], "sources", help="what is drawn: an output's, or an input's"
    ).tag(sync=True)
    scale = traitlets.Enum(SCALES, "share", help="how numbers become colour").tag(sync=True)
    by = traitlets.Enum(["character", "word"], "character", help="what they are summed over").tag(
        sync=True
    )
    sharpness = _Sharpness(4.0, help="b of sparsemax(b row / its largest)").tag(sync=True)
    brush = traitlets.Tuple(
        traitlets.Int(), traitlets.Int(), default_value=None, allow_none=True, help="a span to read"
    ).tag(sync=True, echo_update=False)
    bars = traitlets.Bool(False, help="whether bars say what colours do").tag(sync=True)
    playing = traitlets.Bool(False, help="whether it walks by itself").tag(sync=True)
    _scene = traitlets.Dict().tag(sync=True)
    _answer = traitlets.Dict().tag(sync=True)
    _rows = traitlets.Dict().tag(sync=True)
    _status = traitlets.Dict().tag(sync=True)
    _freeze = traitlets.Unicode("").tag(sync=True)
    _page = traitlets.Float(0.0).tag(sync=True, echo_update=False)

    def __init__(self, explorer: Explorer, *, position: int, pinned: int | None = None) -> None:
        self._explorer = explorer
        # Held while the page's state is taken in, and while ours is set: traitlets holds
        # notifications back meanwhile, and another thread's would be lost.
        self._traits_lock = threading.RLock()
        self._serial = 0
        self._sent: list[set[int]] = []
        self._outputs = Outputs()
        FORKS.in_child(self._renew_lock)
        super().__init__(
            text=explorer.text,
            position=position,
            pinned=pinned,
            target=explorer.target,
            measure=explorer.measure,
        )
        self.observe(self._asked_to_freeze, "_freeze")
        self.observe(self._page_loaded, "_page")
        explorer.on_rows = self._publish_rows
        explorer.on_answer = self._publish_more
        explorer.on_progress = self._publish_progress
        self._show()
        self.observe(self._moved, ["position", "pinned"])
        self._watch_targets()
        self._watch_measures()
        self._watch_text()
        self._watch_strips()
        rerun.note(self, shown=False)

    def _renew_lock(self) -> None:
        # In a process that was forked: no other thread sets traits.
        self._traits_lock = threading.RLock()

    @property
    def models(self) -> dict[str, SequenceModel]:
        """The models by name."""
        return dict(self._explorer.models)

    @property
    def engines(self) -> dict[str, str]:
        """By what each model's rows are computed, in words."""
        return {each.name: each.facet.engine_words for each in self._explorer.facets}

    @property
    def shown(self) -> int:
        """The character that the picture explains: the pinned one, else the one hovered."""
        shown = self.position if self.pinned is None else self.pinned
        # The text may just have become shorter.
        return min(shown, len(self._explorer.text) - 1)

    def refresh(self) -> None:
        """Show the models with their weights as they are now: same text, position and pin.

        Until then all that the widget shows and gives is of the weights of its last refresh, or
        of when it was made: rows, `connectivity()`, `bake()`, other texts, targets and measures,
        whether `models` or other widgets were refreshed meanwhile or not. The models take the
        new weights too.

        Raises:
            RuntimeError, FloatingPointError: If a model fails; the picture stays as it was, and so
                do the weights of all models.
        """
        filling = self._status["state"] != "idle"
        self._explorer.refresh()
        self._show()
        if filling:
            self._explorer.fill()

    def close(self) -> None:
        """Stop computing, let go of the models' rows and remove the widget."""
        self._explorer.close()
        self._sent = []
        super().close()

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take in what the page sends."""
        with self._traits_lock:
            whole = self._without_halves(sync_data)
            state, elsewhere = self._within_text(self._without_bad_target(whole))
            super().set_state({name: state[name] for name in state if name != "measure"})
            self._take_measure(state)
            for name in elsewhere:
                self.send_state(name)
            # Where a cell has set another target meanwhile, traitlets may have told nobody.
            self._explain()
        self._explorer.fill()

    @traitlets.validate("position", "pinned")
    def _check_position(self, proposal: dict[str, Any]) -> int | None:
        value: int | None = proposal["value"]
        name, length = proposal["trait"].name, len(self._explorer.text)
        if value is not None and (isinstance(value, bool) or not 0 <= value < length):
            raise traitlets.TraitError(
                f"{name} must be a character of the text, 0 to {length - 1}; got {value}"
            )
        return value

    @traitlets.validate("brush")
    def _check_brush(self, proposal: dict[str, Any]) -> tuple[int, int] | None:
        brush: tuple[int, int] | None = proposal["value"]
        length = len(self._explorer.text)
        fits = brush is None or 0 <= brush[0] < brush[1] <= length
        if not fits or any(isinstance(end, bool) for end in brush or ()):
            raise traitlets.TraitError(
                "brush must be (start, end), characters of the text with 0 <= start < end <= "
                f"{length}; got {brush}"
            )
        return brush

    def _moved(self, _: Any) -> None:
        if self._still:
            return
        shown = self.shown
        rows = [each.facet.tokens.at(shown) for each in self._explorer.facets]
        if not all(row in sent for row, sent in zip(rows, self._sent, strict=True)):
            self._publish_answer()
        self._publish_strips(shown)

    def _show(self) -> None:
        """Give the page a new epoch: an answer, the scene, then what else belongs to it.

        The page looks at the answer again when the scene comes, and so has a row to show at once.
        """
        explorer = self._explorer
        # First: a hover on another thread must not take the rows of the last epoch for these.
        self._sent = [set() for _ in explorer.facets]
        facets = [each.facet for each in explorer.facets]
        scene = pack(
            Scene(
                epoch=explorer.epoch,
                text=explorer.text,
                editable=explorer.editable,
                measure=facets[0].measure,
                target=target_to_json(explorer.target) if explorer.models else None,
                facets=facets,
            )
        )
        try:
            self._publish_answer()
        finally:  # Interrupted, it must not leave the page with the scene of another epoch.
            self._set("_scene", scene)
            empty = [pack_rows(len(facet), {}, signed=False) for facet in facets]
            self._set("_rows", pack(Rows(explorer.epoch, False, empty)))
            total = sum(len(facet.reading) for facet in explorer.facets)
            self._publish_progress(explorer.epoch, Progress(0, total, "idle"))
        self._publish_strips()
        self._follow_measure()

    def _publish_answer(self) -> None:
        # The epoch first: a position of the text before is then one of an epoch before.
        epoch = self._explorer.epoch
        position = self.shown
        self._set_answer(epoch, position, self._explorer.rows_at(position))

    def _publish_more(self, epoch: int, position: int, answer: Answer) -> None:
        if position == self.shown and epoch == self._explorer.epoch:
            self._set_answer(epoch, position, answer)

    def _set_answer(self, epoch: int, position: int, answer: Answer) -> None:
        facets = [
            pack_outcome(s, outcome, signed=signed)
            for (s, outcome), signed in zip(answer, self._signed, strict=False)
        ]
        message = pack(AnswerMessage(epoch, position, facets))
        with self._traits_lock:
            if epoch != self._explorer.epoch:
                return
            # Two equal answers would be one to traitlets, and the page would wait for the second.
            self._serial += 1
            self._answer = self._sendable(message) | {"serial": self._serial}

    @property
    def _signed(self) -> list[bool]:
        return [each.facet.measure.signed for each in self._explorer.facets]

    def _publish_rows(self, epoch: int, complete: bool) -> None:
        facets = self._explorer.facets
        rows = [dict(facet.rows) for facet in facets]
        packed = [
            pack_rows(len(each.facet), known, signed=each.facet.measure.signed)
            for each, known in zip(facets, rows, strict=True)
        ]
        self._set("_rows", pack(Rows(epoch, complete, packed)))
        if epoch == self._explorer.epoch:
            self._sent = [set(known) for known in rows]

    def _publish_progress(self, epoch: int, progress: Progress) -> None:
        self._set("_status", pack(Status(epoch, progress)))

    def _set(self, name: str, message: Message) -> None:
        with self._traits_lock:
            if message["epoch"] == self._explorer.epoch:
                setattr(self, name, self._sendable(message))

    def _sendable(self, message: Message) -> Message:
        # Colab's widgets have lost bytes on their way (googlecolab/colab-cdn-widget-manager 8).
        text: Message = as_text(message) if "google.colab" in sys.modules else message
        return text
