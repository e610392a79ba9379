"""What of a widget shows all classes at once: a strip for each model at the character shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from rnnviz_widget.explorer import Explorer
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.packing import Message
from rnnviz_widget.scene.replies import Strips


class StripTraits(traitlets.HasTraits):
    """The part of the widget that tells how likely all classes are, where the page shows it."""

    _strip = traitlets.Bool(False).tag(sync=True, echo_update=False)
    _strips = traitlets.Dict().tag(sync=True)

    _explorer: Explorer
    _traits_lock: Any
    # What the widget itself offers.
    shown: Any
    _sendable: Callable[[Message], Message]

    def _watch_strips(self) -> None:
        self.observe(lambda _: self._publish_strips(), "_strip")

    def _publish_strips(self, position: int | None = None) -> None:
        """Tell them at the character shown, unless that is not `position` any more.

        After the answer, which they must not delay.
        """
        # The epoch first: a position of the text before is then one of an epoch before.
        epoch = self._explorer.epoch
        shown = self.shown
        if not (self._strip and self._explorer.facets) or position not in (None, shown):
            return
        message = pack(Strips(epoch, shown, self._explorer.strips(shown)))
        with self._traits_lock:
            if epoch == self._explorer.epoch and shown == self.shown:
                self._strips = self._sendable(message)
