"""What a module really looks up: every text's ids are compared, rearranged and changed ones served.

Each module has its own computation written out (`rearranged.py`); it is differentiated by plain
float64 autograd at the embedding of the ids that are really looked up.
"""

import pytest
import torch
from engines.looked_up_models import TEXT, compare, ids_of, served
from kinds import by_hand
from language_models import LETTERS, NAMES, Base, D, Transformer, V
from rearranged import CHANGES, REARRANGED, Flips, Marked, PadsBefore, changing
from small import seeded, worst
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import MEASURES
from rnnviz_widget.engines.module.embedding_points.arrangement import (
    by_values,
    coded_texts,
    decoded,
)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("name", REARRANGED)
def test_tokens_that_do_not_come_as_they_are(name, measure):
    kind = REARRANGED[name]
    module, model = served(kind.make, **kind.options)
    found, truth = compare(module, model, measure)
    assert truth.any()
    assert worst(found.scores, truth) < 1e-10
    assert found.causal == kind.causal
    assert found.engine == kind.engine


@pytest.mark.parametrize("name", REARRANGED)
@pytest.mark.parametrize("text", ["c", "ab", "abba", "aaaaaaaaaaaa", "hgfedcbaabcdefgh"])
def test_texts_of_all_lengths_and_those_that_are_the_same_backwards(name, text):
    kind = REARRANGED[name]
    module, model = served(kind.make, **kind.options)
    found, truth = compare(module, model, text=text)
    assert worst(found.scores, truth) < 1e-10


@pytest.mark.parametrize("measure", ["norm", "grad_x_input"])
@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("parent", [Base, Flips, Marked, PadsBefore])
def test_ids_that_are_changed_before_they_are_looked_up(name, parent, measure):
    change = CHANGES[name]
    options = {"outputs": NAMES} if parent is PadsBefore else {}
    module, model = served(changing(change, parent), **options)
    read = change(ids_of(TEXT))
    found, truth = compare(module, model, measure, read=read)
    assert worst(found.scores, truth) < 1e-10
    (note,) = [each for each in found.notes if "changes tokens before it embeds them" in each]
    own, other = next(
        (a, b) for a, b in zip(ids_of(TEXT).tolist(), read.tolist(), strict=True) if a != b
    )
    assert f"{LETTERS[own]!r} as {LETTERS[other]!r}" in note


class FlipsLong(Base):
    """Reads from the right where the text is longer than what it is tried on."""

    def forward(self, ids):
        long = ids.shape[1] > 4
        read = super().forward(ids.flip(1) if long else ids)
        return read.flip(1) if long else read

    def plain(self, embedded):
        return super().plain(embedded.flip(0)).flip(0)


def test_what_is_looked_up_otherwise_in_longer_texts():
    module, model = served(FlipsLong)
    found, truth = compare(module, model)
    assert worst(found.scores, truth) < 1e-10
    assert found.engine == "autograd"
    # It has been seen to: a text that is the same backwards is not taken for one in order.
    found, truth = compare(module, model, text="abccba")
    assert worst(found.scores, truth) < 1e-10


def test_attention_is_of_what_is_looked_up_and_not_shown_for_tokens():
    class Flipped(Transformer):
        def forward(self, ids):
            return super().forward(ids.flip(1)).flip(1)

        def plain(self, embedded):
            return super().plain(embedded.flip(0)).flip(0)

    module, model = served(Flipped)
    found, truth = compare(module, model)
    assert worst(found.scores, truth) < 1e-10
    with pytest.raises(ValueError, match="can't be assigned to tokens"):
        rv.connectivity(model, TEXT, target="a", measure="attention")


@pytest.mark.parametrize("engine", ["sweep", "autograd"])
def test_both_engines_read_what_is_looked_up(engine):
    change = CHANGES["clamp"]
    module, model = served(changing(change))
    found, truth = compare(module, model, read=change(ids_of(TEXT)), engine=engine)
    assert found.engine == engine
    assert worst(found.scores, truth) < 1e-10


def test_a_text_without_such_ids_has_no_note():
    module, model = served(changing(CHANGES["clamp"]))
    assert rv.connectivity(model, "abcab", target="a").notes == []
    assert rv.connectivity(model, "abcag", target="a").notes != []
    found, truth = compare(module, model, text="abcde")
    assert worst(found.scores, truth) < 1e-10


def test_an_id_without_a_symbol_may_be_read():
    class Unknown(Base):
        """The last row is of what is unknown, and no symbol stands for it."""

        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(V + 1, D)

        def forward(self, ids):
            return super().forward(torch.where(ids == 7, V, ids))

    module, model = served(Unknown)
    ids, targets = ids_of("abhc"), [0, 1, 2, 3]
    found = rv.connectivity(model, "abhc", target=list("abcd"), measure="embedding_norm")
    embedded = module.embedding.weight[torch.where(ids == 7, V, ids)].detach()
    assert worst(found.scores, by_hand(module, embedded, targets, "embedding_norm")) < 1e-10
    assert any("'h' as row 8 of its table" in note for note in found.notes)


@pytest.mark.parametrize("method", ["occlusion", "integrated_gradients", "smooth_grad"])
@pytest.mark.parametrize("make", [changing(CHANGES["clamp"]), Flips, Marked])
def test_methods_read_it_too(make, method):
    """Against the same method on a twin that reads embedded tokens in their order."""
    module, model = served(make)

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.scale = module, nn.Parameter(torch.ones(1, dtype=torch.float64))

        def forward(self, x):
            return torch.stack([self.inner.plain(each) for each in x])

    read = CHANGES["clamp"](ids_of(TEXT)) if make not in (Flips, Marked) else ids_of(TEXT)
    vectors = module.table()[read].detach()
    twin = rv.SequenceModel.from_vectors(Twin(), vectors, list(TEXT), outputs=LETTERS)
    ours = rv.connectivity(model, TEXT, target="c", measure=method).scores
    truth = rv.connectivity(twin, twin.text, target="c", measure=method).scores
    assert worst(ours, truth) < 1e-9


def test_ids_that_are_changed_throughout():
    class Hashed(Base):
        def forward(self, ids):
            return super().forward((ids * 3 + 1) % V)

    with pytest.raises(ValueError, match=r"given \[.*looked up \[.*changes ids before it looks"):
        served(Hashed)


def test_bags_without_their_module():
    class Functional(Base):
        def forward(self, ids):
            bag = nn.functional.embedding_bag(ids, self.embedding.weight)
            return self.head(self.cell(bag[None])[0])[0]

    with pytest.raises(ValueError, match=r"F.embedding_bag is called.*nn.EmbeddingBag"):
        served(Functional, forward=lambda m, ids: m(ids).expand(1, -1))


def test_a_text_that_two_tables_read_part_by_part():
    class Pair(Base):
        def __init__(self):
            super().__init__()
            self.other = nn.Embedding(V, D)

        def forward(self, ids):
            at = ids.shape[1] // 2
            read = torch.cat([self.embedding(ids[:, :at]), self.other(ids[:, at:])], 1)
            return self.head(self.cell(read)[0])

    with pytest.raises(ValueError, match=r"pass embedding=\['embedding', 'other'\]"):
        served(Pair)


def test_texts_of_one_length_only():
    class Only(Base):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(20 * D, V)

        def forward(self, ids):
            return self.head(self.embedding(ids).flatten(1))

    module = seeded(Only, dtype=torch.float64)
    pads = rv.SequenceModel(
        module,
        LETTERS,
        tokenize=lambda text: [("a", 0, 0)] * (20 - len(text)) + list(text),
    )
    assert rv.connectivity(pads, TEXT, target="a").scores.any()
    with pytest.raises(RuntimeError, match=r"texts of 20 tokens only: pad.*tokenize="):
        rv.connectivity(rv.SequenceModel(module, LETTERS), TEXT, target="a")


@pytest.mark.parametrize(
    ("rows", "padding", "note"),
    [
        (V, None, None),
        (V + 1, 0, "if ids begin at 1"),
        (V + 3, None, "the last 3 rows can't be read"),
        (16, None, None),
    ],
)
def test_a_table_with_more_rows_than_symbols(rows, padding, note):
    class More(Base):
        def __init__(self):
            super().__init__()
            self.embedding = nn.Embedding(rows, D, padding_idx=padding)

    symbols = LETTERS if rows != 16 else LETTERS + "ijkl"
    notes = rv.SequenceModel(seeded(More), symbols, LETTERS).network.notes
    assert len(notes) == (note is not None)
    assert note is None or (note in notes[0] and f"{rows} rows" in notes[0])


@pytest.mark.parametrize("length", [1, 2, 3, 7, 8, 100])
def test_a_code_tells_each_token_from_the_others_and_from_what_stays(length):
    texts = coded_texts(length, (3, 5))
    order = torch.randperm(length, generator=torch.Generator().manual_seed(0))
    calls = [[torch.cat([text[order], torch.tensor([3, 5, 1]), text])[None]] for text in texts]
    found = decoded(calls, length)
    tokens = [*order.tolist(), -1, -1, -1, *range(length)]
    assert found.arrangement.tokens[0].tolist() == tokens
    assert found.shift((3, 5)) == 0
    assert found.computed == 0


def test_by_values():
    ids = torch.tensor([1, 2, 1])
    assert by_values([torch.tensor([[9, 1, 2]]), torch.tensor([[1]])], ids).tokens[0].tolist() == [
        -1,
        0,
        1,
    ]
    assert by_values([torch.tensor([[1, 1, 2]])], ids) is None
