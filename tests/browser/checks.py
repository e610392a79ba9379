"""Whether a picture shows the numbers that a model gave."""

import itertools

import numpy as np
from browser.colours import distance, expected

# A step of the ramp, and how far apart two roundings of one colour can be.
NEAR = 5


def shares_of(scores):
    """What colour shows of rows of connectivity, shape (..., T)."""
    magnitudes = np.abs(np.asarray(scores, dtype=np.float64))
    total = magnitudes.sum(axis=-1, keepdims=True)
    return np.divide(magnitudes, total, out=np.zeros_like(magnitudes), where=total > 0)


def check_colours(picture, name, row, position):
    """Each character has the colour that the legend gives for its share of the row.

    Args:
        picture: The picture, which shows `position`.
        name: The facet.
        row: C[s, :] of that facet's output at `position`; one token a character.
        position: The character.
    """
    shares = shares_of(row)
    cap, bar = picture.legend()
    spans = picture.spans(name)
    assert len(spans) == len(shares)
    ground = bar[0]
    for p, (span, share) in enumerate(zip(spans, shares, strict=True)):
        where = f"{name}, character {p} at position {position}: share {share:.4f}, {span}"
        if p > position:
            assert span.future, where
            assert span.hatched, where
            assert span.background is None, where
            continue
        assert not span.future, where
        assert not span.hatched, where
        painted = ground if span.background is None else span.background
        assert distance(painted, expected(share, cap, bar)) <= NEAR, where
        if share == 0:
            assert painted == ground, where
        if share >= cap:
            assert painted == bar[-1], where
    read = range(position + 1)
    depth = [distance(ground, spans[p].background or ground) for p in read]
    order = np.argsort(shares[: position + 1], kind="stable")
    deeper = [depth[p] for p in order]
    slack = [b - a for a, b in itertools.pairwise(deeper)]
    assert not slack or min(slack) >= -1, (
        "a stronger share lies nearer the ground than a weaker one"
    )


def check_selection(picture, name, position):
    """The one character underlined is the one that the picture is about."""
    lined = [p for p, span in enumerate(picture.spans(name)) if span.underline is not None]
    assert lined == [position]


def check_chips(picture, name, predictions, target, probability, rank):
    """The best three classes with their probabilities; the target with its own and its rank."""
    chips = picture.chips(name)
    assert all(chip["visible"] for chip in chips)
    best = [chip for chip in chips if not chip["apart"]]
    assert [chip["name"] for chip in best] == [said for said, _ in predictions[:3]]
    for chip, (_, p) in zip(best, predictions, strict=False):
        assert _says(chip["value"], p), chip
    (explained,) = [chip for chip in chips if chip["target"]]
    assert explained["name"] == target
    assert _says(explained["value"], probability), explained
    if explained["apart"]:
        assert rank > 3, explained
        assert f"· {rank:,}" in explained["value"], explained
    else:
        assert best.index(explained) == rank - 1, explained


def check_facet(picture, name, c, position):
    """All of one facet at a position: colours, underline and chips.

    Args:
        picture: The picture, which shows `position`.
        name: The facet.
        c: Its model's connectivity on the text, one token a character.
        position: The character.
    """
    check_colours(picture, name, c.scores[position], position)
    check_selection(picture, name, position)
    check_chips(
        picture,
        name,
        c.predictions[position],
        c.targets[position],
        c.target_probabilities[position],
        c.target_ranks[position],
    )


def _says(words, probability):
    """Whether words such as "12.3 %" or "< 0.1 % · 443rd" begin with a probability."""
    number = float(words.strip("<> ").split(" %")[0])
    if words.startswith("<"):
        return 0 < 100 * probability <= number
    if words.startswith(">"):
        return number <= 100 * probability < 100
    return abs(number - 100 * probability) <= 0.051
