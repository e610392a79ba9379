"""Records into messages and back: every way a field may be packed, and what does not fit."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz_widget.scene.arrays import (
    Floats,
    Indexes,
    Names,
    Repeated,
    Spans,
    join_names,
    split_names,
)
from rnnviz_widget.scene.bytes_as_text import as_bytes, as_text
from rnnviz_widget.scene.codec import pack, unpack
from rnnviz_widget.scene.packing import (
    INHERITED,
    INLINE,
    OMITTED,
    UNSENT,
    Joined,
    Listed,
    Natural,
    Wire,
    found,
)


class Pair(NamedTuple):
    low: int
    high: int


@dataclass(frozen=True)
class Unit:
    name: str
    signed: bool = False


@dataclass(frozen=True)
class Others:
    target: Annotated[list[int], Wire(Indexes(("tokens",)))]


@dataclass(frozen=True)
class Split:
    text: Annotated[str, found("text")]
    spans: Annotated[list[tuple[int, int]], Wire(Spans())]
    unknown: Annotated[list[int], Wire(Listed(Natural(below="tokens")), key="strange")]
    ids: Annotated[tuple[int, ...], UNSENT] = ()


@dataclass(frozen=True, eq=False)
class Part:
    split: Annotated[Split, INLINE]
    classes: Annotated[list[str], Wire(Names(used=True))]
    top: Annotated[np.ndarray, Wire(Indexes(("tokens", "k"), size_key="k", most=2))]
    odds: Annotated[np.ndarray, Wire(Floats(("tokens",), sizes="tokens"))]
    others: Others | None
    reasons: Annotated[list[str], Wire(Repeated("reason"))]
    notes: Annotated[list[str], Wire(Joined(), key="note")]
    bounds: Pair
    unit: Annotated[Unit, INHERITED]
    flag: Annotated[bool, OMITTED] = False


@dataclass(frozen=True, eq=False)
class Whole:
    text: str
    unit: Unit
    parts: list[Part]


@dataclass(frozen=True)
class Typed:
    text: str
    position: int
    kind: Literal["typed"] = "typed"


@dataclass(frozen=True)
class Sought:
    prefix: str
    kind: Literal["sought"] = "sought"


@dataclass(frozen=True)
class Request:
    serial: int
    what: Typed | Sought
    share: float = 0.5
    state: Literal["a", "b"] | None = None
    value: object = None


def part(text, *, unit=None, others=None, flag=False):
    size = len(text)
    return Part(
        Split(text, [(t, t + 1) for t in range(size)], [0]),
        ["a", "|", "c", "\n", "unused"],
        np.array([[3, 0, 4]] * (size - 1) + [[-1, -1, 4]]),
        np.array([0.5] * (size - 1) + [np.nan], np.float32),
        others,
        ["<b>", *["why"] * (size - 1)],
        ["One.", "Two."],
        Pair(-2, 9),
        unit or Unit("norm"),
        flag,
    )


def whole():
    text = "a\U0001f600b"
    own = part(text, unit=Unit("other", signed=True), others=Others([1, -1, 2]), flag=True)
    return Whole(text, Unit("norm"), [part(text), own])


def test_each_field_stands_as_its_record_says():
    message = pack(whole())
    first, second = message["parts"]
    assert message["unit"] == {"name": "norm", "signed": False}
    assert first == {
        "spans": None,
        "strange": [0],
        # Only those that are indexed, of the two best: and none is what comes after the last.
        "classes": " a \n",
        "k": 2,
        "top": bytes([1, 0, 1, 0, 2, 2]),
        "odds": np.array([0.5, 0.5, np.nan], "<f4").tobytes(),
        "others": None,
        "reasons": ["<b>", "why"],
        "reason": bytes([0, 1, 1]),
        "note": "One. Two.",
        "bounds": [-2, 9],
    }
    assert second["unit"] == {"name": "other", "signed": True}
    assert second["flag"] is True
    assert second["classes"] == " a | c \n"
    assert second["others"] == {"target": bytes([1, 4, 2])}


def test_a_record_comes_back():
    back = unpack(Whole, json.loads(json.dumps(as_text(pack(whole()))), object_hook=as_bytes))
    assert (back.text, back.unit) == (whole().text, Unit("norm"))
    first, second = back.parts
    assert first.split == Split(back.text, [(0, 1), (1, 2), (2, 3)], [0], ())
    assert first.classes == ["a", "\n"]
    assert first.top.tolist() == [[1, 0], [1, 0], [-1, -1]]
    assert first.odds[:2].tolist() == [0.5, 0.5]
    assert np.isnan(first.odds[2])
    assert (first.reasons, first.notes) == (["<b>", "why", "why"], ["One. Two."])
    assert (first.unit, first.flag, first.bounds) == (Unit("norm"), False, Pair(-2, 9))
    assert (second.unit, second.flag) == (Unit("other", signed=True), True)
    assert second.others.target.tolist() == [1, -1, 2]


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("text",), 7, "text is no text"),
        (("parts",), None, "parts is no list"),
        (("parts", 0), [], "one of parts is no object"),
        (("parts", 0, "odds"), bytes(3), "odds has 3 bytes"),
        (("parts", 0, "odds"), "0000", "odds is no bytes"),
        (("parts", 0, "k"), -1, "k must be a natural number below .*; got -1"),
        (("parts", 0, "k"), True, "got True"),
        (("parts", 0, "k"), 1 << 24, "k must be a natural number below"),
        (("parts", 0, "top"), bytes(5), "top has 5 bytes for 6 numbers"),
        (("parts", 0, "top"), bytes([3] * 6), "top names 3 of 2"),
        (("parts", 0, "strange"), [3], "one of strange must be a natural number below 3; got 3"),
        (("parts", 0, "spans"), bytes([0, 1, 1, 2, 3, 2]), "a token ends before it starts"),
        (("parts", 0, "spans"), bytes([0, 1, 1, 2, 2, 4]), "a token is not in its text"),
        (("parts", 0, "reason"), bytes([0, 1, 2]), "reason names what is not there"),
        (("parts", 0, "bounds"), [1], "bounds has 1 numbers"),
        (("parts", 0, "bounds"), [1, 0.5], "whole numbers"),
        (("parts", 0, "flag"), 1, "flag is neither true nor false"),
        (("parts", 0, "others"), {}, "target is missing"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(path, value, words):
    message = pack(whole())
    *way, last = path
    place = message
    for step in way:
        place = place[step]
    place[last] = value
    with pytest.raises(ValueError, match=words):
        unpack(Whole, message)


@pytest.mark.parametrize(
    "key", ["spans", "classes", "top", "k", "odds", "reasons", "reason", "note"]
)
def test_what_is_missing_is_named(key):
    message = pack(whole())
    del message["parts"][0][key]
    with pytest.raises(ValueError, match=f"{key} is missing"):
        unpack(Whole, message)


def test_requests_are_told_from_each_other_by_their_tag():
    for what in (Typed("ab", 1), Sought("a")):
        message = pack(Request(4, what))
        assert message["what"]["kind"] == what.kind
        assert unpack(Request, message) == Request(4, what)
    message["what"]["kind"] = "other"
    with pytest.raises(ValueError, match="what is no Typed or Sought"):
        unpack(Request, message)


def test_what_is_no_record_or_has_a_type_that_says_nothing_is_refused():
    with pytest.raises(TypeError, match="expected a dataclass"):
        pack("no")

    @dataclass
    class Array:
        values: np.ndarray

    with pytest.raises(TypeError, match=r"Array\.values is of type .*: say how it is packed"):
        pack(Array(np.zeros(2)))


@given(st.integers(0, 1 << 40), st.floats() | st.none(), st.sampled_from(["a", "b", None]))
def test_plain_values_come_back(serial, share, state):
    request = Request(serial, Sought("\u00e9"), float("nan") if share is None else share, state)
    found = unpack(Request, pack(request))
    assert dataclasses.replace(found, share=0) == dataclasses.replace(request, share=0)
    np.testing.assert_equal(found.share, request.share)


def test_halves_of_surrogate_pairs_do_not_travel():
    message = pack(Request(1, Typed("a\ud800", 0), value={"x": "\udc00"}))
    assert message["what"]["text"] == "a\ufffd"
    assert message["value"] == {"x": "\ufffd"}


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_names_come_back_from_one_text(names):
    assert split_names(join_names(names)) == names


@given(st.recursive(st.binary() | st.text() | st.integers(), st.lists))
def test_bytes_come_back_from_text(message):
    text = as_text({"data": message})
    assert json.loads(json.dumps(text)) == text
    assert as_bytes(text) == {"data": message}
