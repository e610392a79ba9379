"""The page of a story: a saved page, with its steps, and the scenes that they show."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

from rnnviz_widget import share
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.story import ClaimInWords, ProseParagraph, ProseRun, StoryStep, StoryText

from .prose import paragraphs_of
from .widget_state import WidgetState

# What belongs to a scene; the rest of a saved page's traits belongs to the step.
_OF_SCENE = ("_scene", "_rows", "_status")
_OF_STEP = ("position", "pinned", *share.OPTIONS)
_TAGS = {"emphasis": "em", "strong": "b", "code": "code"}


class PageBuilder:
    """Collects the steps of a story, and the traits that its page shows at each."""

    def __init__(self) -> None:
        self._shown: list[Mapping[str, Any]] = []
        self._scenes: list[dict[str, Any]] = []
        self._steps: list[dict[str, Any]] = []
        self._texts: list[StoryStep] = []
        self._first: share.Shared | None = None

    def lacks(self, state: WidgetState) -> bool:
        """Whether no step so far shows the scene of a state."""
        return state.scene not in self._shown

    def add(
        self,
        prose: str,
        claims: Mapping[str, ClaimInWords],
        state: WidgetState,
        now: share.Shared,
        *,
        fresh: bool,
    ) -> None:
        """Add a step.

        Args:
            prose: Its prose.
            claims: Its claims by name, in order.
            state: What it shows.
            now: The widget that shows it, with its rows.
            fresh: Whether what instruments said still holds: it was said of the same weights.
        """
        if self._first is None:
            self._first = now
        if self.lacks(state):
            self._shown.append(state.scene)
            self._scenes.append({name: now.state[name] for name in _OF_SCENE})
        scene = self._shown.index(state.scene)
        # A scene that is shown again has another epoch in the widget, with the same numbers.
        epoch = self._scenes[scene]["_scene"]["epoch"]
        replies = {kind: {**one, "epoch": epoch} for kind, one in state.replies.items()}
        answer = now.state["_answer"]
        self._steps.append(
            {
                **{name: now.state[name] for name in _OF_STEP},
                "playing": False,
                # Of a text too long for all rows, those of the character shown.
                "_answer": answer and {**answer, "epoch": epoch},
                "_reply": replies if fresh else {},
                "_opened": list(state.opened) if fresh else [],
            }
        )
        paragraphs = paragraphs_of(prose, {name: one.stated for name, one in claims.items()})
        said = list(claims.values())
        self._texts.append(StoryStep([*paragraphs, *_unmentioned(paragraphs, said)], said, scene))

    def shared(self) -> share.Shared:
        """The page; at least one step was added."""
        first = self._first
        if first is None:
            raise ValueError("a story's page needs a step")
        opened = {name for step in self._steps for name in step["_opened"]}
        state = {
            **self._scenes[0],
            **self._steps[0],
            "_opened": [*sorted(opened), "story"],
            "_story": pack(StoryText(self._texts)),
            "_steps": self._steps,
            "_scenes": self._scenes[1:],
        }
        standing = "".join(map(_step_html, self._texts)) + first.standing
        words = "\n\n".join([*map(_step_words, self._texts), first.words])
        return share.Shared(state, standing, words)


def _unmentioned(
    paragraphs: Sequence[ProseParagraph], claims: Sequence[ClaimInWords]
) -> list[ProseParagraph]:
    """A line for each claim that does not stand in the prose."""
    mentioned = {run.claim for paragraph in paragraphs for run in paragraph.runs}
    return [
        ProseParagraph([*claim.name, ProseRun(": "), ProseRun(claim.stated, "claim", number)])
        for number, claim in enumerate(claims)
        if number not in mentioned
    ]


def _words(run: ProseRun, claims: Sequence[ClaimInWords]) -> str:
    if run.claim is None or claims[run.claim].holds:
        return run.text
    return f"{run.text} ({claims[run.claim].now})"


def _step_words(step: StoryStep) -> str:
    return "\n\n".join(
        "".join(_words(run, step.claims) for run in paragraph.runs) for paragraph in step.paragraphs
    )


def _step_html(step: StoryStep) -> str:
    """The words of a step as HTML that sanitisers keep, for readers where no script runs."""
    found = []
    for paragraph in step.paragraphs:
        words = [(run.style, html.escape(_words(run, step.claims))) for run in paragraph.runs]
        inner = "".join(
            f"<{_TAGS[style]}>{text}</{_TAGS[style]}>" if style in _TAGS else text
            for style, text in words
        )
        found.append(f"<p>{inner}</p>")
    return "".join(found)
