"""A widget's state as JSON and out of a notebook; what was cut off or changed is refused."""

import base64
import copy
import json

import facets
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small import LETTERS, recurrent

import rnnviz_widget as rv
from rnnviz_widget import share
from rnnviz_widget.scene.codec import pack
from rnnviz_widget.scene.replies import Progress, Status
from rnnviz_widget.share import modules
from rnnviz_widget.share.state import check, of_notebook

TEXT = "a text that two models read"


def explored(**options):
    models = {
        "GRU": rv.SequenceModel(recurrent("gru"), LETTERS),
        "LSTM": rv.SequenceModel(recurrent("lstm", seed=1), LETTERS),
    }
    return rv.explore(models, TEXT, **options)


@pytest.fixture(scope="module")
def state():
    widget = explored(position=9)
    widget.bake()
    yield widget.shared().state
    widget.close()


@pytest.fixture(scope="module")
def in_notebook():
    """What a notebook keeps of a widget."""
    from ipywidgets.embed import embed_data

    widget = explored(position=9, pinned=9)
    widget.bake()
    saved = embed_data(views=[widget])["manager_state"]["state"][widget.model_id]
    yield json.loads(json.dumps(saved))
    widget.close()


def revived(text):
    """JSON of a page, bytes back from base64."""

    def bytes_of(value):
        return base64.b64decode(value["b64"]) if value.keys() == {"b64"} else value

    return json.loads(text, object_hook=bytes_of)


def test_everything_a_page_needs_is_in_it_and_comes_back(state):
    text = share.to_json(state)
    assert text.isascii()
    assert "<" not in text
    assert revived(text) == {name: state[name] for name in share.TRAITS}
    check(state)


def test_a_state_of_all_rows_says_so_and_one_that_lacks_some_says_which():
    widget = explored(position=9)
    lacking = widget.shared().state["_status"]
    assert lacking["state"] == "stopped"
    assert lacking["message"] == "0 of 54 rows are saved here; the others need the notebook."
    assert widget.shared().state["_answer"]["position"] == 9
    widget.bake()
    whole = widget.shared().state
    assert whole["_status"] == pack(Status(1, Progress(54, 54, "done")))
    widget.close()


def test_a_notebooks_state_is_the_widgets(in_notebook, state):
    found = of_notebook(in_notebook)
    assert (found["position"], found["pinned"]) == (9, 9)
    assert found["_scene"] == state["_scene"]
    assert found["_rows"] == state["_rows"]


@pytest.fixture
def instrument(monkeypatch):
    """As if the class search were an instrument: the name of one."""
    monkeypatch.setitem(modules.MODULES, "class-search", "nobody")
    return "class-search"


def test_open_instruments_keep_what_they_say_about_the_character_shown(in_notebook, instrument):
    state = in_notebook["state"]
    epoch = state["_scene"]["epoch"]
    about = {"epoch": epoch, "position": 9}
    state["_reply"] = {instrument: about, "preview": about, "editor": about}
    state["_opened"] = [instrument, "no module"]
    assert of_notebook(in_notebook)["_reply"] == {instrument: about}
    state["_reply"][instrument] = {"epoch": epoch, "position": 8}
    assert of_notebook(in_notebook)["_reply"] == {}
    state["_reply"][instrument] = {"epoch": epoch + 1, "position": 9}
    assert of_notebook(in_notebook)["_reply"] == {}


@pytest.mark.parametrize("replies", [None, 7, "class-search", ["class-search"], {7: 7}])
def test_replies_and_open_instruments_may_be_anything_in_a_strange_notebook(
    in_notebook, instrument, replies
):
    state = in_notebook["state"]
    for opened in ([instrument], replies):
        state |= {"_reply": replies, "_opened": opened}
        assert of_notebook(in_notebook)["_reply"] == {}


def changed(message, path, value):
    message = copy.deepcopy(message)
    *way, last = path
    place = message
    for step in way:
        place = place[step]
    place[last] = value
    return message


FACET = ("_scene", "facets", 0)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("_scene",), {}, "has no text and no model"),
        (("_scene", "version"), 2, r"another version of rnnviz_widget .*version 2.*run the noteb"),
        (("_scene", "facets"), [], "cut off or was changed"),
        (("_scene", "text"), "", "cut off or was changed"),
        (("_scene", "measure"), None, "cut off or was changed"),
        ((*FACET, "target"), b"", "cut off or was changed"),
        ((*FACET, "top"), b"\xff" * 3 * len(TEXT), "top names 255 of "),
        ((*FACET, "top_p"), b"1234", "top_p has 4 bytes"),
        ((*FACET, "classes"), "", "top names .* of 0"),
        ((*FACET, "spans"), b"123", "cut off or was changed"),
        (("position",), len(TEXT), "character 27 is not in its text"),
        (("pinned",), -1, "character -1 is not in its text"),
    ],
)
def test_what_was_changed_is_refused_in_words(state, path, value, words):
    with pytest.raises(ValueError, match=words):
        check(changed(state, path, value))


@pytest.mark.parametrize(
    "change",
    [
        lambda saved: saved.pop("state"),
        lambda saved: saved["buffers"].pop(),
        lambda saved: saved["buffers"][0].pop("data"),
        lambda saved: saved["buffers"][0].update(data="no base64!"),
        lambda saved: saved["buffers"][0].update(path=["_scene", "facets", 9, "top"]),
        lambda saved: saved["buffers"][0].update(path=[]),
        lambda saved: saved.update(buffers=7),
    ],
)
def test_a_notebook_that_was_cut_is_refused_in_words(in_notebook, change):
    saved = copy.deepcopy(in_notebook)
    change(saved)
    with pytest.raises(ValueError, match="cut off or was changed"):
        of_notebook(saved)


@given(st.recursive(st.binary() | st.text() | st.integers() | st.none(), st.lists))
def test_hollow_keeps_the_places_of_bytes_and_nothing_in_them(message):
    def paths(value, at=()):
        if isinstance(value, bytes):
            yield at
        elif isinstance(value, list):
            for i, item in enumerate(value):
                yield from paths(item, (*at, i))

    emptied = share.hollow(message)
    assert list(paths(emptied)) == list(paths(message))
    assert all(part not in repr(emptied) for part in ("b'x", "'a"))


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1, max_size=30), st.text(max_size=9))
def test_no_text_can_end_the_element_that_holds_it(text, name):
    classes = [text, "</script><script>alert(1)</script>", "<!--", "]]>"]
    size = len(text)
    facet = facets.facet(
        text,
        name=name,
        classes=classes,
        top=np.tile([1, 0, 2], (size, 1)),
        explained=facets.explained([3] * size, reasons=["<b>"] * size),
    )
    scene = pack(facets.scene(text, [facet]))
    json_text = share.to_json({"position": 0, "_scene": scene})
    assert "<" not in json_text
    assert json.loads(json_text)["_scene"]["text"] == text
