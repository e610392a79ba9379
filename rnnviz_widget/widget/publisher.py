"""From the explorer to the page: the scene of an epoch, answers, rows, progress, strips."""

from __future__ import annotations

from collections.abc import Mapping

from rnnviz_widget.explorer import Answer, Explorer
from rnnviz_widget.explorer.background_fill import BackgroundFill
from rnnviz_widget.explorer.epoch import Epoch
from rnnviz_widget.explorer.first_rows import begin_first_rows, put_off
from rnnviz_widget.explorer.listener import Listener
from rnnviz_widget.explorer.turns import TURNS
from rnnviz_widget.models import target_to_json
from rnnviz_widget.scene.checkpoints import ShownCheckpoint
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.facet import Scene
from rnnviz_widget.scene.packing import Message
from rnnviz_widget.scene.replies import Progress, Reply, Status, Strips
from rnnviz_widget.scene.rows import Answer as AnswerMessage
from rnnviz_widget.scene.rows import Rows, pack_outcome, pack_rows

from .early_display import in_server
from .page_link import PageLink
from .shown_place import ShownPlace

_Sent = Scene | AnswerMessage | Rows | Status | ShownCheckpoint


class Publisher:
    """Sends the page what an explorer computes; the explorer calls back from its fill's thread.

    Attributes:
        progress: The progress of the background fill, as the page was told.
        strips_wanted: Whether the page shows the strips of all classes.
    """

    def __init__(self, explorer: Explorer, link: PageLink, place: ShownPlace) -> None:
        self._explorer = explorer
        self._link = link
        self._place = place
        self._serial = 0
        self._rows_on_page: list[set[int]] = []
        # Whether the page was last told that its first rows are being computed.
        self._first_rows_announced = False
        self.progress = Progress(0, 0, "idle")
        self.strips_wanted = False
        explorer.listener.on_rows = self._send_rows
        explorer.listener.on_answer = self._send_more
        explorer.listener.on_progress = self._send_progress
        explorer.listener.on_reading = self._send_reading

    @property
    def filling(self) -> bool:
        """Whether a fill has begun, and is to begin again with every epoch."""
        return self._explorer.background.displayed

    def show_epoch(self, *, opening: bool = False) -> None:
        """Send the page a new epoch: an answer, the scene and the rest of it, as one.

        Where a host sets them one after the other, the answer comes first: the page keeps it until
        its scene arrives, and so has a row to show at once. When a large model is opened there is
        none: its rows come later, see `FirstRows`. Rows that take long may come in part at first.
        """
        explorer = self._explorer
        # First, so that a hover on another thread does not take rows of the old epoch for new ones.
        self._rows_on_page = [set() for _ in explorer.caches]
        scene = self._scene(explorer.changes.now)
        checkpoint = explorer.changes.shown_checkpoint
        kept, total = explorer.kept()
        self.progress = Progress(0, total, "idle")
        if checkpoint is None:
            empty = [pack_rows(len(cache.facet), {}, signed=False) for cache in explorer.caches]
            rows = Rows(scene.epoch, False, empty)
        else:  # One that was shown before comes back with its rows.
            rows, self._rows_on_page = _known_rows(explorer.changes.now, complete=kept == total)
        messages: dict[str, _Sent] = {
            "_scene": scene,
            "_rows": rows,
            "_status": Status(scene.epoch, self.progress),
        }
        if checkpoint is not None:
            messages["_checkpoints"] = checkpoint
        awaited = put_off(*self._first) if opening else None
        if awaited is not None:
            self._first_rows_announced = True
            self._send({**messages, "_status": Status(scene.epoch, awaited)})
            return
        try:
            # Where a page is expected, which can be told the rest.
            first = opening and in_server()
            answer = self._first_answer() if first else self._answer(changed=True)
            messages = {"_answer": answer, **messages}
        finally:  # Even if interrupted: the page must not keep the scene of another epoch.
            self._send(messages)

    @property
    def _first(self) -> tuple[Epoch, int, BackgroundFill, Listener]:
        explorer = self._explorer
        return explorer.changes.now, self._place.shown, explorer.background, explorer.listener

    def _first_answer(self) -> AnswerMessage:
        rows = begin_first_rows(*self._first)
        return self._packed(self._explorer.epoch, self._place.shown, rows)

    def _scene(self, of: Epoch) -> Scene:
        explorer = self._explorer
        facets = [cache.facet for cache in of.caches]
        return Scene(
            epoch=of.number,
            text=of.text,
            editable=explorer.editable,
            measure=facets[0].measure,
            target=target_to_json(of.question.target) if explorer.models else None,
            facets=facets,
        )

    def other_checkpoints(self) -> dict[str, list[dict[str, Message]]]:
        """What a saved page has of checkpoints that are not shown: a scene and rows of each."""
        axis, shown = self._explorer.changes.axis, self._explorer.epoch
        if axis is None:
            return {}
        others = [epoch for epoch in axis.kept.values() if epoch.number != shown]
        return {
            "_kept": [
                {
                    "_scene": pack(self._scene(one)),
                    "_rows": pack(_known_rows(one, complete=True)[0]),
                }
                for one in others
            ]
        }

    def show_position(self, _: object = None) -> None:
        """Send the rows that the page lacks for the character shown."""
        if self._place.publishing_paused:
            return
        shown = self._place.shown
        rows = [cache.facet.tokens.at(shown) for cache in self._explorer.caches]
        if not all(row in known for row, known in zip(rows, self._rows_on_page, strict=True)):
            messages: dict[str, _Sent] = {"_answer": self._answer()}
            if self._first_rows_announced:  # This character came before those.
                self._first_rows_announced = False
                messages["_status"] = Status(self._explorer.epoch, self.progress)
            self._send(messages)
        self.send_strips(shown)

    def forget_rows(self) -> None:
        """Note that there are no rows any more."""
        self._rows_on_page = []

    def _answer(self, *, changed: bool = False) -> AnswerMessage:
        # Epoch before position: otherwise, if the text changes in between, a position of the old
        # text could be sent with the new epoch, whose text may be shorter.
        epoch = self._explorer.epoch
        position = self._place.shown
        return self._packed(epoch, position, self._explorer.rows_at(position, changed=changed))

    def _send_more(self, epoch: int, position: int, answer: Answer) -> None:
        if position == self._place.shown and epoch == self._explorer.epoch:
            self._send({"_answer": self._packed(epoch, position, answer)})

    def _packed(self, epoch: int, position: int, answer: Answer) -> AnswerMessage:
        signed = [cache.facet.measure.signed for cache in self._explorer.caches]
        facets = [
            pack_outcome(s, outcome, signed=one)
            for (s, outcome), one in zip(answer, signed, strict=False)
        ]
        return AnswerMessage(epoch, position, facets)

    def send_strips(self, position: int | None = None) -> None:
        """Send the strips of all classes at the character shown, unless `position` is another one.

        They are sent after the answer, which must not wait for them, nor the page that draws it.
        """
        epoch = self._explorer.epoch  # before the position, as in `_send_answer`
        shown = self._place.shown
        if not (self.strips_wanted and self._explorer.caches) or position not in (None, shown):
            return
        last = self._link.get("_reply").get("strips", {})
        if position is not None and (last.get("epoch"), last.get("position")) == (epoch, shown):
            return  # Already sent: the pointer has moved while another character is pinned.
        TURNS.await_drawn()
        strips = Strips(epoch, shown, self._explorer.strips(shown))
        with self._link.lock:
            if shown == self._place.shown:
                self.reply("strips", strips)

    def reply(self, kind: str, reply: Reply) -> None:
        """Send a reply to an ask, together with the newest reply of each other kind.

        Some hosts set a trait only to the last of several values, so that replies of different
        kinds would overwrite each other. Replies of another epoch are dropped.
        """
        message = pack(reply)
        with self._link.lock:
            epoch = self._explorer.epoch
            if message.get("epoch", epoch) != epoch:
                return
            others: dict[str, Message] = self._link.get("_reply")
            kept = {name: one for name, one in others.items() if one.get("epoch", epoch) == epoch}
            # The number makes replies differ, as in `_set_answer`.
            self._serial += 1
            self._link.send({"_reply": {**kept, kind: {**message, "number": self._serial}}})

    def saved_replies(self) -> dict[str, Message]:
        """The newest replies, with as much of units and links as a saved page is to have."""
        replies: dict[str, Message] = dict(self._link.get("_reply"))
        saved = self._explorer.states.saved(self._place.shown)
        if saved is not None and "states" in replies:
            replies["states"] = {**replies["states"], **pack(saved)}
        curves = self._explorer.link_curves.saved(self._place.shown)
        return replies if curves is None else replies | {"link_curve": pack(curves)}

    def _send_rows(self, epoch: int, complete: bool) -> None:
        now = self._explorer.changes.now
        if now.number == epoch:
            message, rows = _known_rows(now, complete=complete)
            self._send({"_rows": message})
            if epoch == self._explorer.epoch:
                self._rows_on_page = rows

    def _send_progress(self, epoch: int, progress: Progress) -> None:
        with self._link.lock:
            if epoch != self._explorer.epoch:
                return
            self.progress = progress
            self._send({"_status": Status(epoch, progress)})

    def _send_reading(self, progress: Progress | None) -> None:
        self._send({"_status": Status(self._explorer.epoch, progress or self.progress)})

    def _send(self, messages: Mapping[str, _Sent]) -> None:
        """Send messages as one, but for those whose epoch is over."""
        with self._link.lock:
            epoch = self._explorer.epoch
            packed = {name: pack(one) for name, one in messages.items() if one.epoch == epoch}
            if "_answer" in packed:
                # The serial makes answers differ: traitlets would not send the second of two equal
                # ones, for which the page would wait.
                self._serial += 1
                packed["_answer"]["serial"] = self._serial
            if packed:
                self._link.send(packed)


def _known_rows(of: Epoch, *, complete: bool) -> tuple[Rows, list[set[int]]]:
    """The rows that an epoch has, as they are sent, and which they are."""
    rows = [dict(each.rows) for each in of.caches]
    packed = [
        pack_rows(len(each.facet), known, signed=each.facet.measure.signed)
        for each, known in zip(of.caches, rows, strict=True)
    ]
    return Rows(of.number, complete, packed), [set(known) for known in rows]
