"""What a page asks the kernel: the newest ask of each kind, each answered once or refused."""

import pytest
from small import LETTERS, recurrent
from widgets import await_fill, page_of

import rnnviz_widget as rv
from rnnviz_widget.scene.asks import ASKS

TEXT = "a text that a model reads"
TYPED = "what the reader types"


@pytest.fixture
def widget():
    widget = rv.explore(rv.SequenceModel(recurrent("gru"), LETTERS, name="GRU"), TEXT, position=9)
    yield widget
    widget.close()
    await_fill(widget, 20)


def test_a_preview_does_not_swallow_a_text_that_was_typed_before(widget):
    preview = {"serial": 1, "position": 3, "target": ["e"]}
    typed = {"serial": 1, "text": TYPED, "position": 5}
    widget.set_state({"_ask": {"text": typed, "preview": preview}})
    page = page_of(widget)
    assert (widget.text, widget.position) == (TYPED, 5)
    assert (page.preview["epoch"], page.preview["position"]) == (2, 3)


def test_an_ask_that_is_sent_again_beside_another_is_not_answered_again(widget):
    page, other = page_of(widget), page_of(widget)
    page.ask("text", text=TYPED, position=5)
    other.ask("text", text=TEXT, position=2)
    # The first page still has its old text beside what it asks now.
    page.ask("classes", prefix="a")
    assert widget.text == TEXT
    assert page.scene["epoch"] == 3
    assert page.found["prefix"] == "a"


def test_a_reply_does_not_take_the_place_of_another(widget):
    page = page_of(widget)
    searched = page.ask("classes", prefix="a")
    previewed = page.ask("preview", position=3, target=["e"])
    page.ask("strips", wanted=True)
    refused = page.ask("text", text="A", position=0)
    assert page.found["serial"] == searched
    assert page.preview["serial"] == previewed
    assert page.strips["position"] == 9
    assert page.reply("text")["serial"] == refused
    numbers = [page.reply(kind)["number"] for kind in ("classes", "preview", "strips", "text")]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 4


def test_replies_of_an_epoch_end_with_it(widget):
    page = page_of(widget)
    page.ask("preview", position=3, target=["e"])
    page.ask("classes", prefix="a")
    page.ask("target", target=["e"])
    page.ask("classes", prefix="b")
    assert page.scene["epoch"] == 2
    assert page.preview == {}
    assert page.found["prefix"] == "b"


@pytest.mark.parametrize(
    ("kind", "asked", "value"),
    [("target", ["e"], "e"), ("target", "top", rv.TOP), ("measure", "squared", "squared")],
)
def test_a_target_and_a_measure_are_set(widget, kind, asked, value):
    page = page_of(widget)
    page.ask(kind, **{"value" if kind == "measure" else kind: asked})
    assert getattr(widget, kind) == value
    assert page.scene["epoch"] == 2
    assert page.refused == {}


@pytest.mark.parametrize(
    ("kind", "asked", "words"),
    [
        ("target", ["é"], "'é' is not among"),
        ("target", 7, "is sent as"),
        ("target", None, "is sent as"),
        ("measure", "attention", "there are no attention weights"),
        ("measure", 7, "value is no text"),
    ],
)
def test_a_target_or_a_measure_that_can_not_be_is_refused(widget, kind, asked, words):
    page = page_of(widget)
    serial = page.ask(kind, **{"value" if kind == "measure" else kind: asked})
    assert (page.refused["kind"], page.refused["serial"]) == (kind, serial)
    assert words in page.refused["message"]
    assert page.scene["epoch"] == 1


def test_what_is_no_ask_is_refused(widget):
    page = page_of(widget)
    widget.set_state({"_ask": {"poem": {"serial": 1}, "strips": 7}})
    assert "strips" in page.reply("poem")["refused"]
    assert page.reply("strips")["refused"] == "AskStrips is no object"
    assert page.reply("strips")["serial"] is None


def test_asks_are_not_kept(widget):
    page = page_of(widget)
    page.ask("text", text=TYPED, position=5)
    assert widget.get_state("_ask") == {"_ask": {}}
    kinds = {"text", "target", "measure", "of", "preview", "classes", "strips", "modules"}
    kinds |= {
        "check",
        "link_curve",
        "swaps",
        "randomised",
        "states",
        "map",
        "map_regions",
        "color_by",
        "matches",
        "corpus_text",
    }
    kinds |= {"checkpoint", "unit", "intervention", "undo"}
    assert set(ASKS) == kinds
