"""rv.check: what it keeps, and its figures among those of an evaluation."""

import json

import pytest
from evaluation.faithfulness.toys import check, two_back
from evaluation.plainly import TEXTS, word_model

import rnnviz_widget as rv
from rnnviz_widget.evaluation.faithfulness import text as text_module


@pytest.fixture
def counted(monkeypatch):
    """The texts that are checked, and those at which a run is interrupted."""
    done, stop = [], set()
    true = text_module.TextReruns.true_effects

    def counting(reruns):
        text = reruns.reading.facet.tokens.text
        if text in stop:
            raise KeyboardInterrupt
        done.append(text)
        return true(reruns)

    monkeypatch.setattr(text_module.TextReruns, "true_effects", counting)
    return done, stop


def test_an_interrupted_check_goes_on(tmp_path, counted):
    done, stop = counted
    path = tmp_path / "kept.jsonl"
    options = {"measure": ["norm", "occlusion"], "target": rv.TOP}
    whole = check(word_model(), **options)
    done.clear()
    stop.add(TEXTS[2])
    with pytest.raises(KeyboardInterrupt):
        check(word_model(), keep=path, **options)
    assert len(path.read_bytes().splitlines()) == 3
    path.write_bytes(path.read_bytes()[:-40])  # the last line was cut off
    stop.clear()
    again = check(word_model(), keep=path, **options)
    assert {name: each.as_dict() for name, each in again.items()} == {
        name: each.as_dict() for name, each in whole.items()
    }
    assert done == [*TEXTS[:2], *TEXTS[1:]]
    check(word_model(), keep=path, **options)
    assert len(done) == 5
    for other in (
        {"draws": 3},
        {"measure": "norm"},
        {"target": "cat"},
        {"frequencies": {"a": 1, "b": 1}},
    ):
        with pytest.raises(ValueError, match=r"it differs in: "):
            check(word_model(), keep=path, **{**options, **other})
    with pytest.raises(ValueError, match=r"it is no evaluation"):
        rv.evaluate(word_model(), TEXTS, start=3, keep=path, progress=False)


CHANGES = {
    "places": lambda row: {**row, "places": row["places"][::-1]},
    "effect": lambda row: {**row, "effect": [*row["effect"][:-1], "much"]},
    "size": lambda row: {**row, "size": [-1 - s for s in row["size"]]},
    "row": lambda row: {**row, "row": 10**6},
    "falls": lambda row: {**row, "falls": row["falls"][:1]},
    "nearest": lambda row: {**row, "nearest": {"without": [1]}},
    "chance": lambda row: {**row, "chance": None},
    "more": lambda row: {**row, "more": 1},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_number_is_refused_and_its_line_named(tmp_path, change):
    path = tmp_path / "kept.jsonl"
    check(word_model(), keep=path)
    lines = path.read_text(encoding="ascii").splitlines()
    record = json.loads(lines[2])
    record["tally"]["rows"][0] = CHANGES[change](record["tally"]["rows"][0])
    lines[2] = json.dumps(record)
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    with pytest.raises(ValueError, match=r"kept\.jsonl, line 3: expected .*Delete this line"):
        check(word_model(), keep=path)


def test_an_evaluation_has_the_check_among_its_figures(tmp_path):
    options = {"start": 5, "target": rv.TOP, "progress": False, "keep": tmp_path / "kept"}
    found = rv.evaluate(word_model(), TEXTS, check=True, **options)
    alone = rv.check(word_model(), TEXTS, measure="norm", target=rv.TOP, progress=False)
    assert found.check.as_dict() == alone.as_dict() == found.as_dict()["check"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "kept.check"]
    again = rv.evaluate(word_model(), TEXTS, check=True, **options)
    assert again.as_dict() == found.as_dict()
    assert "check" not in rv.evaluate(word_model(), TEXTS, **options).as_dict()


def test_two_back_is_explained_by_what_stands_two_back():
    found = check(
        two_back(), ["abcabacabb", "bbacabcaca"], target=rv.TOP, rows=4, start=4, draws=20
    )
    assert found.gain().low > 0
    assert found.comprehensiveness(1).value == pytest.approx(found.comprehensiveness(16).value)
