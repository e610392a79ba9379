"""One step of a story as its author made it."""

from __future__ import annotations

from dataclasses import dataclass, field

from .claim import Claim
from .prose import claims_in
from .widget_state import WidgetState


@dataclass(frozen=True)
class AuthoredStep:
    """One step of a story.

    Attributes:
        prose: Its words, as the author wrote them.
        state: What the widget shows.
        weights: Which weights of the models it was added with: a story counts them.
        claims: Its claims by name, in order.
    """

    prose: str
    state: WidgetState
    weights: int
    claims: dict[str, Claim] = field(default_factory=dict)

    def check_names(self, number: int) -> None:
        """Raise a ValueError if the prose names a claim that there is not.

        Args:
            number: The number of the step, for the message.
        """
        for name in claims_in(self.prose):
            if name not in self.claims:
                known = ", ".join(map(repr, self.claims)) or "none"
                raise ValueError(
                    f"the prose of step {number} has {{{name}}}, and no claim is called so (there "
                    f"is: {known}); add story.claim({name!r}, step={number}), or double the braces"
                )
