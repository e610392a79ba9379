"""Which ids a module really looks up for each text, and which token each belongs to."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from rnnviz_widget.engines.rounding import agree, apart

from .embedding_points import Arrangement, EmbeddingPoint
from .embedding_points.arrange import PAIRS
from .embedding_points.arrangement import (
    OWN,
    by_values,
    coded_texts,
    decoded,
    flat,
    pairs_to_try,
)
from .embedding_points.substitutes import reads
from .embedding_points.why import COMPUTED, looked_up, shown

Read = Callable[[Tensor, int | None], list[Tensor]]
"""Has the module read ids (T,) and returns the ids it looks up, for the first so many calls."""

# For how many texts the ids are kept.
_TEXTS = 64
# About how many of the tokens whose ids were changed are tested one by one.
_TRIED = 6


class LookedUpError(ValueError):
    """It can't be found out which token each id belongs to that a module looks up."""


class ChangedIdsError(RuntimeError):
    """A module looks up other ids for a text than was known so far: embed the text again."""


@dataclass(frozen=True)
class LookedUp:
    """The ids that a module looks up for a text.

    Attributes:
        ids: The text, (T,).
        read: The id that is really looked up for each token, (T,).
        arrangement: Which token each id belongs to; None: they come in order.
    """

    ids: Tensor
    read: Tensor
    arrangement: Arrangement | None


class LookUps:
    """The ids that a module really looks up for the texts that it has read.

    If it looks up the ids as they come, nothing is kept and nothing is tried. Otherwise coded texts
    show which token each id belongs to, once for each length of text. All methods raise
    `LookedUpError` if that can't be found out.

    Args:
        point: Where a text enters the module.
        read: Has the module read a text.
        symbols: The number of input symbols.
        times: How many times it looks up the ids in order; 0: they come in another way.
        pair: Two symbols that are looked up as they are, if two are known.
    """

    def __init__(
        self,
        point: EmbeddingPoint,
        read: Read,
        *,
        symbols: int,
        times: int,
        pair: tuple[int, int] | None = None,
    ) -> None:
        self._name = point.name
        self._read = read
        self._symbols = symbols
        self._pair = pair
        self.times = times
        # Whether some length of text is known at which ids come in another way.
        self._varies = False
        self._lengths: dict[int, Arrangement] = {}
        self._alike: deque[tuple[int, ...]] = deque(maxlen=_TEXTS)
        self._texts: OrderedDict[tuple[int, ...], LookedUp] = OrderedDict()

    def of(self, ids: Tensor) -> LookedUp:
        """The ids that are looked up for a text, (T,), as far as known."""
        ids = ids.cpu()
        if self._texts:
            wanted = tuple(ids.tolist())
            known = self._texts.get(wanted) or next(
                (each for key, each in self._texts.items() if key[: len(wanted)] == wanted), None
            )
            if known is not None and len(known.ids) == len(ids):
                return known
            if known is not None:
                read = known.read[: len(ids)]
                return (
                    LookedUp(ids, read, self._known(len(ids))) if self.times else self._settled(ids)
                )
        if self.times and (not self._varies or len(ids) in self._lengths):
            return LookedUp(ids, ids, self._known(len(ids)))
        return self._settled(ids)

    def _known(self, length: int) -> Arrangement | None:
        """The arrangement of texts of this length, as far as known; None: in order."""
        found = self._lengths.get(length)
        return None if found is None or found.times == self.times else found

    def compare(self, ids: Tensor) -> None:
        """Have the module read a text, and `settle` it if other ids are looked up."""
        calls = self._read(ids, None)
        if not (self.times and reads(calls, ids) == self.times):
            self.settle(ids)

    def settle(self, ids: Tensor) -> None:
        """Find out which ids are looked up for a text, if they are others than expected.

        Raises:
            ChangedIdsError: If the ids of its tokens are others than was known before.
        """
        before = self.of(ids).read if self.times or self._texts else ids.cpu()
        if not torch.equal(self._settled(ids).read, before):
            raise ChangedIdsError(
                f"{self._name!r} looks up other ids than those of the text: embed it again"
            )

    def check_alike(self, ids: Tensor, found: Tensor, plain: Callable[[], Tensor]) -> None:
        """Check that embedded tokens give the same logits as the ids.

        Done once for each text if passes don't show which ids are looked up.


        Raises:
            LookedUpError: If they differ.
        """
        text = tuple(ids.tolist())
        if any(known[: len(text)] == text for known in self._alike):
            return
        with torch.no_grad():
            expected = plain()
        found = found.detach()
        if not agree(found, expected):
            off = apart(found, expected)
            raise LookedUpError(
                f"with {self._name!r} embedding each token the logits of this text are not the "
                f"same as with the ids (they differ by up to {off:.1e}): the module changes ids "
                "before it looks them up, and TorchScript does not show which. Pass the Python "
                "module that it was made from"
            )
        self._alike.append(text)

    def _settled(self, ids: Tensor) -> LookedUp:
        ids = ids.cpu()
        calls = self._read(ids, None)
        arrangement = self._arranged(ids, calls)
        came = torch.cat([flat(each) for each in calls])
        read = self._check(ids, came, calls, arrangement)
        changed = (read != ids).nonzero().flatten().tolist()
        if changed:
            self._check_places(ids, read, came, arrangement, changed)
        in_order = bool(self.times) and arrangement.times == self.times
        found = LookedUp(ids, read, None if in_order else arrangement)
        self._texts[tuple(ids.tolist())] = found
        while len(self._texts) > _TEXTS:
            self._texts.popitem(last=False)
        return found

    def _arranged(self, ids: Tensor, calls: Sequence[Tensor]) -> Arrangement:
        """Which token each id belongs to, if possible for all texts of this length."""
        length = len(ids)
        known = self._lengths.get(length)
        if known is not None:
            return known
        came = [each for each in sorted(set(ids.tolist())) if any((each == c).any() for c in calls)]
        found, moved = None, None
        first = [*(self._pair or ()), *came[-4:]]
        for count, pair in enumerate(pairs_to_try(self._symbols, first)):
            if count == PAIRS:
                break
            try:
                texts = [self._read(text, len(calls)) for text in coded_texts(length, pair)]
            except Exception:  # noqa: BLE001, S112 - it may need symbols that are not among these
                continue
            found = decoded(texts, length)
            # If two symbols known to be looked up as they are do not occur, then no token is read.
            sure = pair == self._pair and found.became is None
            if found.arrangement is not None and (sure or found.became is not None):
                moved = found.arrangement
                if sure or found.shift(pair) == 0:
                    break
        if moved is not None:
            self._lengths[length] = moved
            self._varies |= moved.times != self.times
            return moved
        alone = None if found is not None and found.computed else by_values(calls, ids)
        if alone is None:
            why = COMPUTED if found is not None and found.computed else _CANT
            raise LookedUpError(self._words(ids, calls, why))
        return alone

    def _check(
        self, ids: Tensor, came: Tensor, calls: Sequence[Tensor], arrangement: Arrangement
    ) -> Tensor:
        """The id that was really looked up for each token, (T,)."""
        if tuple(each.shape for each in calls) != arrangement.shapes:
            raise LookedUpError(self._words(ids, calls, _PLACES))
        tokens, own = torch.cat(arrangement.tokens), torch.cat(arrangement.own)
        if not torch.equal(came[tokens == OWN], own[tokens == OWN]):
            raise LookedUpError(self._words(ids, calls, COMPUTED))
        read = ids.clone()
        its = tokens != OWN
        read[tokens[its]] = came[its]
        if not torch.equal(read[tokens[its]], came[its]):
            raise LookedUpError(self._words(ids, calls, _TWICE))
        if bool((read < 0).any()):
            raise LookedUpError(self._words(ids, calls, _BEFORE))
        return read

    def _check_places(
        self,
        ids: Tensor,
        read: Tensor,
        came: Tensor,
        arrangement: Arrangement,
        changed: Sequence[int],
    ) -> None:
        """Check that ids were changed in place, not moved elsewhere because of their values."""
        tokens = torch.cat(arrangement.tokens)
        step = max(1, len(changed) // _TRIED)
        for token in [*changed[::step], changed[-1]]:
            avoid = {int(ids[token]), int(read[token])}
            its = ids[read == ids].tolist()
            other = next((each for each in [*its, *(self._pair or ())] if each not in avoid), None)
            if other is None:
                continue
            text = ids.clone()
            text[token] = other
            calls = self._read(text, len(arrangement.shapes))
            now = torch.cat([flat(each) for each in calls])
            # Other tokens may now be looked up as they are: they had been changed because of this
            # one.
            stay = torch.where(tokens == OWN, came, ids[tokens.clamp(min=0)])
            fits = now.shape == came.shape and bool(
                ((tokens == token) | (now == came) | (now == stay)).all()
            )
            if not fits:
                raise LookedUpError(self._words(ids, calls, _PLACES))

    def _words(self, ids: Tensor, calls: Sequence[Tensor], why: str) -> str:
        return (
            f"it can't be found out which token each id belongs to that {self._name!r} looks up: "
            f"expected the ids {shown(ids)}, looked up {looked_up(calls)}; {why}"
        )


_CANT = (
    "their order, or what is around them, depends on the ids. Put the look-up into a submodule "
    "that is called with the ids and embeds each by itself, and name it with embedding="
)
_PLACES = (
    "the place of an id depends on other ids. Call the module with forward= so that it does not, "
    "or say with embedding= which submodule embeds each id by itself"
)
_TWICE = (
    "one token is looked up as two different ids. Say with embedding= which submodule embeds each "
    "id by itself"
)
_BEFORE = (
    "some of these come before the first symbol. Pass as many input symbols as the table has rows"
)
