"""The check of the stories' numbers: what is recorded of those that ship, and what has moved."""

import json

import story_numbers

from rnnviz_widget.stories import CheckedClaim

SCRIPT = """
import rnnviz_widget as rv
TITLE = "Little"
def explorer():
    return rv.from_rows({{"A": ("abc", [[1], [2, 3], [4, 5, 6]])}}, position=2)
def {name}(widget):
    story = rv.story(widget, title=TITLE)
    story.add("{{first}} and {{last}}")
    story.claim("first", quantity=lambda w: {first}, tolerance=0.1)
    story.claim("last", quantity=lambda w: w.shown)
    return story
"""


def written(folder, name, first):
    (folder / f"{name}.py").write_text(SCRIPT.format(name=name, first=first))


def test_what_moved_is_named_until_it_is_recorded(tmp_path, capsys):
    # A script is loaded once in a process: each has a name of its own.
    written(tmp_path, "little_story_told", 0.5)
    arguments = ["--folder", str(tmp_path)]
    assert story_numbers.main(arguments) == 1
    assert "step 1, 'first': 0.5 now, and not recorded" in capsys.readouterr().out
    assert story_numbers.main([*arguments, "--record"]) == 0
    record = tmp_path / "numbers.json"
    recorded = json.loads(record.read_text())
    assert recorded == {"little_story_told": {"1 first": 0.5, "1 last": 2.0}}
    assert story_numbers.main(arguments) == 0
    assert "All 2 numbers in stories" in capsys.readouterr().out
    recorded["little_story_told"]["1 first"] = 0.61
    record.write_text(json.dumps(recorded))
    assert story_numbers.main(arguments) == 1
    said = capsys.readouterr().out
    assert "little_story_told, step 1, 'first': stated 0.61, found 0.5 (± 0.1)" in said
    assert "'last'" not in said


def test_claims_and_stories_that_are_gone_are_named():
    claim = CheckedClaim(step=1, name="a", stated=1.0, found=1.0, tolerance=0.1, holds=True)
    recorded = {"one": {"1 a": 1.05, "2 b": 1.0}, "gone": {}}
    assert story_numbers.moved({"one": [claim]}, recorded) == [
        "one: step '2 b' is recorded, and claimed no more",
        "gone: is recorded, and there no more",
    ]


def test_a_text_must_be_the_same():
    claim = CheckedClaim(step=1, name="a", stated="x", found="x", tolerance=0.1, holds=True)
    assert story_numbers.moved({"one": [claim]}, {"one": {"1 a": "x"}}) == []
    assert len(story_numbers.moved({"one": [claim]}, {"one": {"1 a": "y"}})) == 1
