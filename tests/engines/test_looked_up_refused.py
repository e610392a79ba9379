"""Ids that a module puts elsewhere by what they are, which is refused."""

import pytest
import torch
from engines.looked_up_models import TEXT, compare, served
from language_models import LETTERS, Base
from rearranged import CHANGES, changing
from small import seeded, worst

import rnnviz_widget as rv
from rnnviz_widget.engines.module.looked_up import LookedUpError


class FlipsByValue(Base):
    """Reads from the right where the text begins with its third letter."""

    def forward(self, ids):
        return super().forward(ids.flip(1) if ids[0, 0] == 2 else ids)


class Drops(Base):
    """Leaves unknown tokens out, and pads."""

    def forward(self, ids):
        kept = ids[ids != 7][None]
        return super().forward(torch.nn.functional.pad(kept, (0, ids.shape[1] - kept.shape[1])))


class Sorts(Base):
    def forward(self, ids):
        return super().forward(ids.sort(1).values if ids.shape[1] > 4 else ids)


class FeedsBack(Base):
    """A decoder that reads what it has chosen itself."""

    def forward(self, ids):
        source = ids[:, : (ids.shape[1] + 1) // 2]
        outputs, state = self.cell(self.embedding(source))
        logits = self.head(outputs)
        for _ in range(ids.shape[1] - source.shape[1]):
            chosen = logits[:, -1:].argmax(-1)
            output, state = self.cell(self.embedding(chosen), state)
            logits = torch.cat([logits, 50 * self.head(output)], 1)
        return logits


@pytest.mark.parametrize(
    ("make", "text", "words"),
    [
        (FlipsByValue, "cabdefh", "the place of an id depends on other ids"),
        (Drops, "abhdefc", "the place of an id depends on other ids"),
        (Sorts, "hgfedcba", "looked up [0, 1, 2, 3, 4, 5, 6, 7]"),
    ],
)
def test_what_goes_elsewhere_by_what_it_is_is_refused(make, text, words):
    module, model = served(make)
    found, truth = compare(module, model, text="abcd")
    assert worst(found.scores, truth) < 1e-10
    with pytest.raises(LookedUpError, match="looks up: expected the ids") as caught:
        rv.connectivity(model, text, target="a")
    assert words in str(caught.value)


@pytest.mark.parametrize("seed", range(6))
def test_a_decoder_that_feeds_back_its_own_choice(seed):
    module = seeded(FeedsBack, seed=seed, dtype=torch.float64)
    # Where it chooses the same whatever it reads, the rows are right, and the note says it.
    assert "its target is " in said(module)
    assert "feeds back its own choice" in said(module)


def said(module):
    """The error, or the notes."""
    try:
        return " ".join(rv.connectivity(rv.SequenceModel(module, LETTERS), TEXT, target="a").notes)
    except ValueError as error:
        return str(error)


@pytest.mark.filterwarnings("ignore:`?torch.jit:DeprecationWarning")
def test_torchscript_that_changes_ids_is_refused():
    class Scripted(Base):
        def forward(self, ids):
            return self.head(self.cell(self.embedding(ids.masked_fill(ids < 2, 3)))[0])

    model = rv.SequenceModel(torch.jit.script(seeded(Scripted).eval()), LETTERS)
    assert rv.connectivity(model, "cdef", target="a").scores.any()
    with pytest.raises(LookedUpError, match=r"changes ids before .*TorchScript.*Pass the Python"):
        rv.connectivity(model, TEXT, target="a")


def test_a_live_page_is_refused_where_ids_are_changed():
    from rnnviz_widget.share.extract import parts_of

    _, model = served(changing(CHANGES["clamp"]))
    with pytest.raises(ValueError, match="changes ids before it embeds them"):
        parts_of(model)
