"""From the explorer to the page: the scene of an epoch, answers, rows, progress, strips."""

from __future__ import annotations

from rnnviz_widget.explorer import Answer, Explorer
from rnnviz_widget.models import target_to_json
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.facet import Scene
from rnnviz_widget.scene.packing import Message
from rnnviz_widget.scene.replies import Progress, Reply, Status, Strips
from rnnviz_widget.scene.rows import Answer as AnswerMessage
from rnnviz_widget.scene.rows import Rows, pack_outcome, pack_rows

from .page_link import PageLink
from .shown_place import ShownPlace


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
        self.progress = Progress(0, 0, "idle")
        self.strips_wanted = False
        explorer.listener.on_rows = self._send_rows
        explorer.listener.on_answer = self._send_more
        explorer.listener.on_progress = self._send_progress

    @property
    def filling(self) -> bool:
        """Whether a fill has begun, and is to begin again with every epoch."""
        return self.progress.state != "idle"

    def show_epoch(self) -> None:
        """Send the page a new epoch: an answer, the scene, then the rest of it.

        The answer comes first: the page keeps it until its scene arrives, and so has a row to show
        at once.
        """
        explorer = self._explorer
        # First, so that a hover on another thread does not take rows of the old epoch for new ones.
        self._rows_on_page = [set() for _ in explorer.caches]
        scene = self._scene()
        try:
            self._send_answer()
        finally:  # Even if interrupted: the page must not keep the scene of another epoch.
            self._send("_scene", scene)
            empty = [pack_rows(len(cache.facet), {}, signed=False) for cache in explorer.caches]
            self._send("_rows", Rows(explorer.epoch, False, empty))
            total = sum(len(cache.facet) for cache in explorer.caches)
            self._send_progress(explorer.epoch, Progress(0, total, "idle"))
        self.send_strips()

    def _scene(self) -> Scene:
        explorer = self._explorer
        facets = [cache.facet for cache in explorer.caches]
        return Scene(
            epoch=explorer.epoch,
            text=explorer.text,
            editable=explorer.editable,
            measure=facets[0].measure,
            target=target_to_json(explorer.target) if explorer.models else None,
            facets=facets,
        )

    def show_position(self, _: object = None) -> None:
        """Send the rows that the page lacks for the character shown."""
        if self._place.publishing_paused:
            return
        shown = self._place.shown
        rows = [cache.facet.tokens.at(shown) for cache in self._explorer.caches]
        if not all(row in known for row, known in zip(rows, self._rows_on_page, strict=True)):
            self._send_answer()
        self.send_strips(shown)

    def forget_rows(self) -> None:
        """Note that there are no rows any more."""
        self._rows_on_page = []

    def _send_answer(self) -> None:
        # Epoch before position: otherwise, if the text changes in between, a position of the old
        # text could be sent with the new epoch, whose text may be shorter.
        epoch = self._explorer.epoch
        position = self._place.shown
        self._set_answer(epoch, position, self._explorer.rows_at(position))

    def _send_more(self, epoch: int, position: int, answer: Answer) -> None:
        if position == self._place.shown and epoch == self._explorer.epoch:
            self._set_answer(epoch, position, answer)

    def _set_answer(self, epoch: int, position: int, answer: Answer) -> None:
        signed = [cache.facet.measure.signed for cache in self._explorer.caches]
        facets = [
            pack_outcome(s, outcome, signed=one)
            for (s, outcome), one in zip(answer, signed, strict=False)
        ]
        with self._link.lock:
            # The serial makes answers differ: traitlets would not send the second of two equal
            # ones, for which the page would wait.
            self._serial += 1
            self._send("_answer", AnswerMessage(epoch, position, facets), serial=self._serial)

    def send_strips(self, position: int | None = None) -> None:
        """Send the strips of all classes at the character shown, unless `position` is another one.

        They are sent after the answer, which must not wait for them.
        """
        epoch = self._explorer.epoch  # before the position, as in `_send_answer`
        shown = self._place.shown
        if not (self.strips_wanted and self._explorer.caches) or position not in (None, shown):
            return
        last = self._link.get("_reply").get("strips", {})
        if position is not None and (last.get("epoch"), last.get("position")) == (epoch, shown):
            return  # Already sent: the pointer has moved while another character is pinned.
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
            self._link.send("_reply", {**kept, kind: {**message, "number": self._serial}})

    def _send_rows(self, epoch: int, complete: bool) -> None:
        caches = self._explorer.caches
        rows = [dict(each.rows) for each in caches]
        packed = [
            pack_rows(len(each.facet), known, signed=each.facet.measure.signed)
            for each, known in zip(caches, rows, strict=True)
        ]
        self._send("_rows", Rows(epoch, complete, packed))
        if epoch == self._explorer.epoch:
            self._rows_on_page = [set(known) for known in rows]

    def _send_progress(self, epoch: int, progress: Progress) -> None:
        with self._link.lock:
            if epoch != self._explorer.epoch:
                return
            self.progress = progress
            self._send("_status", Status(epoch, progress))

    def _send(
        self, name: str, record: Scene | AnswerMessage | Rows | Status, **more: object
    ) -> None:
        """Send a message, unless its epoch is over."""
        with self._link.lock:
            if record.epoch == self._explorer.epoch:
                self._link.send(name, {**pack(record), **more})
