"""Every story that ships: its script runs, its page is whole, and its prose is computed."""

import ast
import json
import re

import pytest
import story_numbers
import story_scripts
from stories.page import DATA

PROSE = re.compile(r"\d")
# Numbers as words of the prose count things of the page, "three models"; these would be measured.
WORDS = re.compile(r"\b(percent|per cent|half as|twice|times as)\b", re.IGNORECASE)
NAMES = story_scripts.names()


@pytest.fixture(scope="module", params=NAMES)
def told(request):
    """The name, the title and the story of a script."""
    with story_scripts.made(request.param) as (title, story):
        yield request.param, title, story


def prose_of(name):
    """All prose in a script: what `story.add` is called with."""
    tree = ast.parse((story_scripts.FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    added = [
        call.args[0]
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "add" and call.args
    ]
    return [ast.literal_eval(prose) for prose in added]


def test_the_first_story_is_among_them_and_what_helps_them_is_not(tmp_path):
    assert "memorization" in NAMES
    (tmp_path / "one.py").write_text("def explorer(): ...\ndef one(widget): ...\n")
    (tmp_path / "helper.py").write_text("def explorer(): ...\n")
    assert story_scripts.names(tmp_path) == ("one",)


@pytest.mark.parametrize("name", NAMES)
def test_all_numbers_in_the_prose_are_claims(name):
    prose = prose_of(name)
    assert prose
    for words in prose:
        assert not PROSE.search(words), words
        assert not WORDS.search(words), words


def test_its_page_is_whole_and_small_and_its_claims_hold(told, tmp_path):
    name, title, story = told
    path = tmp_path / "story.html"
    story.save_html(path)
    html = path.read_text(encoding="utf-8")
    assert len(html) < 1_000_000
    state = json.loads(DATA.search(html)[1])
    steps = state["_story"]["steps"]
    assert len(steps) == len(story) == len(prose_of(name)) == len(state["_steps"])
    assert f"<h1>{title}</h1>" in html
    claims = [claim for step in steps for claim in step["claims"]]
    assert claims
    assert [claim["name"] for claim in claims if not claim["holds"]] == []


def test_its_numbers_are_those_that_its_prose_was_written_for(told):
    name, _, story = told
    recorded = json.loads(story_numbers.RECORD.read_text(encoding="ascii"))
    assert story_numbers.moved({name: story.check()}, {name: recorded.get(name, {})}) == []
