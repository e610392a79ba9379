"""Stories: steps of prose beside a widget, each with what the widget shows and numbers it claims.

`rv.story(widget)` begins one; `rv.stories` has the quantities that a claim can be about, `share`,
`probability`, `rank`, `prediction`, and what `Story.check` returns. docs/stories.md shows how.
"""

from .checked_claim import CheckedClaim
from .quantities import ClaimedQuantity, prediction, probability, rank, share
from .story import Story, story

__all__ = [
    "CheckedClaim",
    "ClaimedQuantity",
    "Story",
    "prediction",
    "probability",
    "rank",
    "share",
    "story",
]
