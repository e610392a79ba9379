"""The page's types, and the tables of the documentation, are what the records say."""

import dataclasses
import inspect
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated

import pytest

from rnnviz_widget.scene.bytes_as_text import as_bytes
from rnnviz_widget.scene.codec import unpack
from rnnviz_widget.scene.packing import Wire
from rnnviz_widget.scene.replies import Status, Strip

ROOT = Path(__file__).parents[2]
STATUS = as_bytes(json.loads((ROOT / "tests/wire/status.json").read_text())["message"])


@pytest.fixture
def tool(monkeypatch):
    """What `make wire` runs."""
    monkeypatch.syspath_prepend(ROOT / "tools" / "wire")
    import contract
    import page_records
    import tables

    return SimpleNamespace(
        TYPESCRIPT=contract.TYPESCRIPT,
        PAGE=contract.PAGE,
        MESSAGES=contract.MESSAGES,
        attributes=contract.attributes,
        records=contract.records,
        typescript=page_records.typescript,
        page=tables.page,
        tables=tables.tables,
    )


def test_the_files_are_what_make_wire_writes(tool):
    assert tool.TYPESCRIPT.read_text(encoding="utf-8") == tool.typescript()
    text = tool.PAGE.read_text(encoding="utf-8")
    assert tool.page(text) == text


def changed(record, old, new, type_=None):
    """A record with a field under another name, or of another type."""
    fields = [(new if f.name == old else f.name, f.type) for f in dataclasses.fields(record)]
    fields = [(name, type_ if type_ and name == new else kind) for name, kind in fields]
    made = dataclasses.make_dataclass(record.__name__, fields, frozen=True)
    made.__module__ = record.__module__
    made.__doc__ = record.__doc__.replace(f" {old}:", f" {new}:")
    return made


def test_a_field_of_another_name_fits_neither_the_page_nor_its_messages(tool, monkeypatch):
    other = changed(Status, "epoch", "era")
    with pytest.raises(ValueError, match="era is missing"):
        unpack(other, STATUS)
    monkeypatch.setitem(tool.MESSAGES, "_status", other)
    assert tool.typescript() != tool.TYPESCRIPT.read_text(encoding="utf-8")
    assert 'era: read.natural(raw, "era")' in tool.typescript()
    text = tool.PAGE.read_text(encoding="utf-8")
    assert tool.page(text) != text


def test_a_field_of_another_kind_fits_neither(tool, monkeypatch):
    other = changed(Status, "epoch", "epoch", str)
    with pytest.raises(ValueError, match="epoch is no text"):
        unpack(other, STATUS)
    monkeypatch.setitem(tool.MESSAGES, "_status", other)
    assert tool.typescript() != tool.TYPESCRIPT.read_text(encoding="utf-8")


def test_a_field_under_another_key_is_another_one_for_the_page(tool, monkeypatch):
    other = changed(Status, "epoch", "epoch", Annotated[int, Wire(key="era")])
    monkeypatch.setitem(tool.MESSAGES, "_status", other)
    assert 'era: read.natural(raw, "era")' in tool.typescript()


def test_a_field_that_no_docstring_tells_of_is_refused(tool, monkeypatch):
    other = changed(Status, "epoch", "era")
    other.__doc__ = Status.__doc__
    monkeypatch.setitem(tool.MESSAGES, "_status", other)
    with pytest.raises(KeyError, match="era"):
        tool.typescript()


def test_docstrings_are_read_alike_with_and_without_indentation(tool):
    for record in tool.records():
        told = tool.attributes(record)
        flat = inspect.cleandoc(record.__doc__)
        indented = flat.replace("\n", "\n    ")
        assert told
        for text in (flat, indented):
            assert tool.attributes(type(record.__name__, (), {"__doc__": text})) == told


def test_every_record_has_a_table(tool):
    text = tool.tables()
    for record in tool.records():
        assert text.count(f"### {record.__name__}\n") == 1
    assert "| `best_p` | floats (cells) |" in text
    assert Strip in tool.records()
