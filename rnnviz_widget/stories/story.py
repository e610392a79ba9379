"""`rv.story`: steps of prose, each with what a widget shows and the numbers that it claims."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

from rnnviz_widget import share
from rnnviz_widget.calls import suggest_arguments
from rnnviz_widget.picture.format import is_number
from rnnviz_widget.surrogates import check_surrogates
from rnnviz_widget.widget import ExplorerWidget, copy_aside, save_html

from .authored_step import AuthoredStep
from .checked_claim import CheckedClaim
from .claim import Claim, check_name, checked_value
from .prose import check_prose
from .quantities import Value
from .quantities import share as share_of
from .story_page import PageBuilder
from .widget_state import scene_of, step_state_of


class Story:
    """Steps of prose beside a widget; made by `rv.story`.

    Authored by `add` and `claim`, played where it is displayed and in the page of `save_html`. All
    that is made of it is computed anew with the weights of the widget's last refresh, and marks
    the claims that these do not bear out. It is computed aside, in a copy of the widget that no
    page shows: the widget and its page stay as they are.
    """

    def __init__(self, widget: ExplorerWidget, *, title: str | None = None) -> None:
        self._widget = widget
        self._title = title
        self._steps: list[AuthoredStep] = []
        # Counts the weights that the widget had: what instruments said of others is out of date.
        self._weights = 0
        self._scene = scene_of(widget)
        self._epoch: int = widget.get_state("_scene")["_scene"]["epoch"]
        widget.observe(self._scene_changed, "_scene")

    def __len__(self) -> int:
        """The number of steps."""
        return len(self._steps)

    def __repr__(self) -> str:
        claims = sum(len(step.claims) for step in self._steps)
        return f"Story({len(self)} steps, {claims} claims)"

    def add(self, prose: str) -> None:
        """Add a step: prose, and what the widget shows now.

        These are the text, the character shown, which the step pins, the brush, the target, the
        measure and `of`, the scale and the other options of the picture, the checkpoint,
        interventions, and the instruments that are open on the widget's page with what they say.

        Args:
            prose: Plain text. An empty line begins a paragraph; *emphasis*, **strong** and `code`
                are set as such; {the name of a claim} is replaced by its number; {{ and }} are
                braces. Nothing in it is markup.

        Raises:
            TypeError, ValueError: If the prose is no text, is empty, or has a lone brace.
        """
        checked = check_prose(prose, "the prose of a step")
        self._steps.append(AuthoredStep(checked, step_state_of(self._widget), self._weights))

    def claim(
        self,
        name: str,
        value: float | str | None = None,
        quantity: Callable[[ExplorerWidget], Value] | None = None,
        *,
        tolerance: float = 0.02,
        step: int | None = None,
    ) -> None:
        """Claim a number: a quantity of what a step shows, with its value and a tolerance.

        The claim holds for as long as |quantity - value| <= tolerance, or both texts are the same.
        It is checked at once, and again whenever something is made of the story. A claim of the
        same name in the same step is replaced.

        Args:
            name: What the number is, "share on *advanced*": one line without braces. In braces it
                stands for the number in the prose; a claim that is not in the prose is listed
                below it.
            value: The number or the text that the prose states; default: what the quantity is now.
            quantity: Takes a copy of the widget that shows the step, and returns a number or a
                text: `rv.stories.share`, `probability`, `rank`, `prediction`, or a function of
                yours; default: the share of the row that lies on the brushed characters.
            tolerance: By how much a number may differ, in its own unit: 0.02 of a share are two
                points of a percentage.
            step: The number of the step, from 1; default: the last one.

        Raises:
            TypeError: If an argument is of another type, or the quantity returns something else.
            ValueError: If the claim does not hold now, the quantity can't be computed or is not
                finite, or there is no such step.
        """
        number = len(self) if step is None else step
        step_shown = self._step(number)
        name = check_name(name)
        if not is_number(tolerance) or tolerance < 0:
            raise ValueError(f"tolerance must be a number from 0 on; got {tolerance!r}")
        what = share_of() if quantity is None else quantity
        if not callable(what):
            raise TypeError(f"quantity must be a function of the widget; got {what!r:.80}")
        with closing(copy_aside(self._widget)) as aside:
            step_shown.state.show(aside)
            found = checked_value(what(aside), name)
            stated = found if value is None else checked_value(value, name)
            claim = Claim(name, what, stated, float(tolerance))
            checked = claim.check(aside, number)
        if not checked.holds:
            raise ValueError(
                f"{name!r} is {checked.found!r} in what step {number} shows, and not {value!r} "
                f"(tolerance {tolerance}); leave the value out to have it computed"
            )
        step_shown.claims[name] = claim

    def update(self, step: int, prose: str | None = None) -> None:
        """Have a step show what the widget shows now; its claims stay.

        Args:
            step: The number of the step, from 1.
            prose: Other prose, if any.

        Raises:
            TypeError, ValueError: As `add`, or if there is no such step.
        """
        old = self._step(step)
        words = old.prose if prose is None else check_prose(prose, "the prose of a step")
        state = step_state_of(self._widget)
        self._steps[step - 1] = replace(old, prose=words, state=state, weights=self._weights)

    def show(self, step: int) -> None:
        """Have the widget show a step; instruments are opened on its page only.

        Args:
            step: The number of the step, from 1.

        Raises:
            ValueError: If there is no such step.
        """
        self._step(step).state.show(self._widget)

    def check(self) -> list[CheckedClaim]:
        """Compute the quantity of each claim with the weights of the widget's last refresh.

        Returns:
            The claims, step by step.
        """
        found: list[CheckedClaim] = []
        with closing(copy_aside(self._widget)) as aside:
            for number, step in enumerate(self._steps, start=1):
                step.state.show(aside)
                found += [each.check(aside, number) for each in step.claims.values()]
        return found

    def save_html(
        self,
        path: str | os.PathLike[str],
        *,
        title: str | None = None,
        theme: share.PageTheme = "auto",
    ) -> None:
        """Write a page that plays the story, without a kernel and without a network.

        It carries the rows of every step's text, target and measure.

        Args:
            path: The file; it is written completely or not at all.
            title: A heading, as plain text; default: the story's title.
            theme: The page's ground, as of `rv.save_html`.

        Raises:
            ValueError: If the story has no step, there is no such theme, or prose names a claim
                that its step has not.
            OSError: If the file can't be written.
        """
        save_html(path, [self], title=title or self._title, theme=theme)

    def bake(self) -> None:
        """Nothing: `shared` computes the rows of each step."""

    def shared(
        self,
        *,
        live: share.Precision | None = None,
        live_limit: int | None = None,
        theme: share.PageTheme = "light",
    ) -> share.Shared:
        """All that a page needs to play the story, for `share.document`.

        Raises:
            ValueError: If the story has no step, prose names a claim that its step has not, or
                models are to be included, which stories can't.
        """
        if live is not None or live_limit is not None:
            raise ValueError("a story shows what was computed; save it without live=True")
        if not self._steps:
            raise ValueError("the story has no step; story.add(...) adds one")
        for number, step in enumerate(self._steps, start=1):
            step.check_names(number)
        builder = PageBuilder()
        with closing(copy_aside(self._widget)) as aside:
            for number, step in enumerate(self._steps, start=1):
                step.state.show(aside)
                if builder.lacks(step.state):
                    aside.bake()
                claims = {
                    name: claim.in_words(claim.check(aside, number))
                    for name, claim in step.claims.items()
                }
                fresh = step.weights == self._weights
                builder.add(step.prose, claims, step.state, aside.shared(theme=theme), fresh=fresh)
        return builder.shared()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """What a notebook shows: the story, played without the kernel."""
        return share.output(self.shared())

    def _step(self, number: int) -> AuthoredStep:
        if isinstance(number, bool) or not isinstance(number, int):
            raise TypeError(f"step must be the number of a step, from 1; got {number!r}")
        if not 1 <= number <= len(self):
            many = "no step yet" if not self._steps else f"the steps 1 to {len(self)}"
            raise ValueError(f"the story has {many}; got {number}")
        return self._steps[number - 1]

    def _scene_changed(self, change: dict[str, Any]) -> None:
        """Note whether another scene has other weights: nothing else has changed then."""
        scene, epoch = scene_of(self._widget), change["new"]["epoch"]
        if epoch != self._epoch and scene == self._scene:
            self._weights += 1
        self._scene, self._epoch = scene, epoch


@suggest_arguments(widgets="widget")
def story(widget: ExplorerWidget, *, title: str | None = None) -> Story:
    """Begin a story: steps of prose beside a widget, each with what it shows and what it claims.

    Change the widget by hand or by its traits, and `add` prose to what it shows; `claim` the
    numbers that the prose states. Display the story to play it, and `save_html` it for readers
    without a kernel: they go through it by scrolling, keys or buttons. After `widget.refresh()`
    whatever is made of the story marks the claims that no longer hold.

    Args:
        widget: What `rv.explore` or `rv.from_rows` made.
        title: A heading for its page, as plain text.

    Raises:
        TypeError: If it is no such widget, or the title no string.

    Example:
        >>> story = rv.story(w)  # doctest: +SKIP
        >>> w.position, w.brush = 40, (32, 40)  # doctest: +SKIP
        >>> story.add("Of its row {share on *advanced*} lies on the word itself.")  # doctest: +SKIP
        >>> story.claim("share on *advanced*")  # doctest: +SKIP
        >>> story.save_html("story.html")  # doctest: +SKIP
    """
    if not isinstance(widget, ExplorerWidget):
        raise TypeError(
            f"expected an explorer widget, as rv.explore(model, text) makes one; got "
            f"{type(widget).__name__}"
        )
    if title is not None:
        if not isinstance(title, str):
            raise TypeError(f"title must be a string; got {title!r}")
        check_surrogates(title, "title")
    return Story(widget, title=title)
