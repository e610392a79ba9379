"""Going to a match in a text of the corpus, and coming back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rnnviz_widget.inside.corpus import TextCorpus
from rnnviz_widget.inside.span_selection import Selection
from rnnviz_widget.scene.asks import AskCorpusText, AskText
from rnnviz_widget.scene.unit_matches import VisitedMatch

from .page_link import PageLink

# How many characters the page shows of the text that a reader has left.
_SHOWN_OF_TEXT = 40


@dataclass(frozen=True)
class _TextLeft:
    """The text that a reader has left to look at a match, and what was shown of it."""

    text: str
    position: int
    pinned: int | None
    selection: Selection | None


@dataclass(frozen=True)
class _Visit:
    """The text of a match that is shown, or about to be, its number, and the match's characters."""

    text: str
    number: int
    start: int
    after: int


class MatchVisits:
    """Reads the text of a match in place of the reader's own, which is remembered.

    Args:
        link: The widget's traits.
    """

    def __init__(self, link: PageLink) -> None:
        self._link = link
        self._left: _TextLeft | None = None
        self._visit: _Visit | None = None

    @property
    def visited(self) -> VisitedMatch | None:
        """The match whose text is shown, for the page; None: the reader's own text is shown."""
        visit, left = self._visit, self._left
        if visit is None or left is None:
            return None
        return VisitedMatch(visit.number, visit.start, visit.after, left.text[:_SHOWN_OF_TEXT])

    def shows(self, text: str) -> bool:
        """Whether a text is shown because the reader went to a match, or came back."""
        return self._visit is not None and text == self._visit.text

    def end(self) -> None:
        """Another text is shown; there is nothing to come back to."""
        self._left = self._visit = None

    def go(self, ask: AskCorpusText, read: Callable[[AskText], None]) -> None:
        """Read the text of a match, or the reader's own again.

        Args:
            ask: Which text.
            read: Reads a text as if a page had asked for it.

        Raises:
            ValueError: If there is no such text, or it can't be read; then all stays as it was.
        """
        before = self._left, self._visit
        try:
            with self._link.together():
                if ask.text is None:
                    self._come_back(ask, read)
                else:
                    self._visit_text(ask, ask.text, read)
        except BaseException:
            self._left, self._visit = before
            raise

    def _visit_text(self, ask: AskCorpusText, number: int, read: Callable[[AskText], None]) -> None:
        corpus: TextCorpus | None = self._link.get("corpus")
        if corpus is None or not 0 <= number < len(corpus):
            raise ValueError(f"the corpus has no text {number}")
        text = corpus.texts[number]
        if not 0 <= ask.start < ask.after <= len(text):
            raise ValueError(f"text {number} has no characters [{ask.start}, {ask.after})")
        if self._left is None:
            shown = ("text", "position", "pinned", "selection")
            self._left = _TextLeft(*map(self._link.get, shown))
        self._visit = _Visit(text, number, ask.start, ask.after)
        read(AskText(ask.serial, text, ask.after - 1))
        self._link.set("pinned", ask.after - 1)
        self._link.set("brush", (ask.start, ask.after))

    def _come_back(self, ask: AskCorpusText, read: Callable[[AskText], None]) -> None:
        left = self._left
        if left is None:
            raise ValueError("there is no text to come back to")
        self._visit = _Visit(left.text, 0, 0, 0)
        read(AskText(ask.serial, left.text, left.position))
        self.end()
        self._link.set("pinned", left.pinned)
        self._link.set("selection", left.selection)
        span = left.selection and (left.selection.start, left.selection.stop)
        self._link.set("brush", span)
