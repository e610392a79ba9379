"""Modules of the page: the kernel sends the code of an instrument when a page first opens it."""

import pytest
from small import LETTERS, recurrent
from widgets import page_of

import rnnviz_widget as rv
from rnnviz_widget.share.modules import module_code


@pytest.fixture
def widget():
    widget = rv.explore({"GRU": rv.SequenceModel(recurrent("gru"), LETTERS)}, "a text")
    yield widget
    widget.close()


def test_nothing_is_sent_until_an_instrument_is_opened(widget):
    page = page_of(widget)
    assert page.modules == {}
    assert page.opened == []
    page.ask("modules", names=["editor"])
    assert page.modules == {"editor": module_code("editor")}
    assert page.opened == ["editor"]
    assert page.reply("modules") == {}


def test_what_was_sent_stays_for_the_next_view_and_what_is_closed_is_known(widget):
    page = page_of(widget)
    page.ask("modules", names=["class-search"])
    page.ask("modules", names=["class-search", "editor"])
    assert set(page.modules) == {"class-search", "editor"}
    assert page.opened == ["editor", "class-search"]
    page.ask("modules", names=[])
    assert set(page.modules) == {"class-search", "editor"}
    assert page.opened == []


@pytest.mark.parametrize("names", [["poem"], ["editor", "../page"], [7], [["editor"]]])
def test_a_module_that_there_is_not_is_refused_in_words(widget, names):
    page = page_of(widget)
    serial = page.ask("modules", names=names)
    reply = page.reply("modules")
    assert reply["serial"] == serial
    assert "editor" in reply["refused"] or "names" in reply["refused"]
    assert page.modules == {}
    assert page.opened == []
