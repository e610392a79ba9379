"""What can't be shown is refused in words that say where."""

import pytest

import rnnviz_widget as rv

NAN, INF = float("nan"), float("inf")


def article(**changes):
    entry = {
        "char": "a",
        "target": "an",
        "predict": ["an", "and"],
        "probability": [0.5, 0.25],
        "connectivity": [1.0],
    }
    return [{key: value for key, value in (entry | changes).items() if value is not ...}]


def heat(**changes):
    entry = {"token": "a", "meta": ["b"], "heat": [1.0]}
    return [{key: value for key, value in (entry | changes).items() if value is not ...}]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "there are no rows to show"),
        ({}, "there are no rows to show"),
        ({"A": []}, "'A': the list is empty"),
        (3, "expected a list of entries .* got int"),
        ({"A": None}, "'A': expected a list of entries .* got NoneType"),
        ({1: article()}, "name must be a string; got 1"),
        ({"A": [3]}, "'A', entry 0: expected a mapping; got int 3"),
        ([{"word": "a"}], 'entries with "char" .* or "token" .*; the first has "word"'),
        (article(colour="red"), 'entry 0: unknown key \'colour\'; expected "char", "target"'),
        (article(connectivity=...), 'entry 0: expected "connectivity"; there is only "char"'),
        (article(char=7), "token 0 must be a string; got int 7"),
        (article(char=""), "the text is empty"),
        (article(target=7), "a target must be a string, or none; got int 7"),
        (article(predict="an"), "predictions must be a list of strings; got str 'an'"),
        (article(probability=[0.5]), "a probability for each of 2 predictions; got 1"),
        (article(probability=[0.25, 0.5]), r"best first; got \[0.25, 0.5\]"),
        (article(probability=[1.5, 0.5]), "from 0 to 1"),
        (article(probability=[NAN, 0.5]), "from 0 to 1"),
        (article(probability=["0.5", "0.2"]), "probabilities must be a list of numbers"),
        (article(predict=[]), "a probability for each of 0 predictions; got 2"),
        (article(connectivity=[1.0, 2.0]), "row 0: expected 1 numbers, .* got 2"),
        (article(connectivity=[]), "row 0: expected 1 numbers, .* got 0"),
        (article(connectivity=5), "row 0 must be a list of numbers; got int 5"),
        (article(connectivity=["1"]), "row 0 must be a list of numbers; got list"),
        (article(connectivity=[None]), "row 0 must be a list of numbers; got list"),
        (article(connectivity=[NAN]), "row 0: numbers must be finite, .* got nan at input 0"),
        (article(connectivity=[INF]), "got inf at input 0"),
        (article(connectivity=[1e31]), r"1e\+30 at most .* got 1e\+31 at input 0"),
        (article(connectivity=[-1.0]), "row 0: squared L2 norm .* can't be negative; got -1"),
        (article() + article(), "row 1: expected 2 numbers, .* got 1"),
        (heat(heat=...), r'entry 0 \(not a format token\): expected "heat"'),
        (heat(format=1), '"format" must be true or false; got 1'),
        (heat(format=True), "all tokens are format tokens"),
        (heat(meta=[1]), "predictions must be a list of strings"),
        (heat(heat=[[1.0]]), "row 0 must be a list of numbers"),
        (heat(heat=[-0.5]), "the author's own number can't be negative; .* pass signed=True"),
        (heat(char="a"), "unknown key 'token'"),
        ({"A": ("ab", [[1, 2]])}, "'A': expected 2 rows, one for each token; got 1"),
        ({"A": ("ab", [[1, 2], [1]])}, "'A', row 1: expected 2 numbers, .* got 1"),
        ({"A": ("ab", 5)}, "'A': scores must be a matrix of numbers; got int 5"),
        ({"A": (["a", 3], [[1, 2]] * 2)}, "token 1 must be a string; got int 3"),
        ({"A": {"text": "a"}}, "'A': expected \"scores\""),
        ({"A": {"scores": [[1]]}}, 'expected either "text" or "tokens"; got "scores"'),
        ({"A": {"text": ["a"], "scores": [[1]]}}, '"text" must be a string; got list'),
        ({"A": {"text": "a", "scores": [[1]], "targets": []}}, "one for each of 1 tokens; got 0"),
        ({"A": {"text": "a", "scores": [[1]], "predictions": "a"}}, "1 tokens; got str 'a'"),
        ({"A": {"text": "a", "scores": [[1]], "predictions": ["a"]}}, "output 0: expected classes"),
        ({"A": ("ab", [[1, 2]] * 2), "B": ("ac", [[1, 2]] * 2)}, "differ from character 1 on"),
        ({"A": ("ab", [[1, 2]] * 2), "B": ("a", [[1]])}, "differ from character 1 on"),
        ({"A": article(), "B": heat()}, "squares of a norm, others are not"),
    ],
)
def test_data_that_does_not_fit(data, words):
    with pytest.raises((TypeError, ValueError), match=words):
        rv.from_rows(data)


@pytest.mark.parametrize(
    ("data", "options", "words"),
    [
        (article(), {"measure": "grad_x_input"}, "must be 'squared', or 'norm' .* 'grad_x_input'"),
        (article(), {"label": "heat"}, "leave them out: what the article's numbers are is known"),
        (heat(), {"measure": "norm", "signed": True}, "leave them out: measure='norm' says it"),
        (heat(), {"measure": "attention"}, "measure must be one of"),
        (heat(), {"names": ["a", "b"]}, "names must be 1, one for each model"),
        ([heat(), heat()], {"names": ["a", "a"]}, "two models are called 'a'"),
        ({"A": heat()}, {"names": ["a"]}, "the data names its models: 'A'"),
        (heat(heat=[-1]), {"measure": "norm"}, "pass another measure"),
    ],
)
def test_options_that_do_not_fit(data, options, words):
    with pytest.raises(ValueError, match=words):
        rv.from_rows(data, **options)


def test_targets_need_equally_many_predictions():
    part = {
        "text": "ab",
        "scores": [[1], [1, 2]],
        "predictions": [["x"], ["x", "y"]],
        "targets": ["x", "z"],
    }
    with pytest.raises(ValueError, match="some have 1, some 2"):
        rv.from_rows({"A": part})
    part["targets"] = ["x", None]
    rv.from_rows({"A": part}).close()


def test_files_that_are_none(tmp_path):
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ValueError, match=r"a\.json is not JSON \(.*\); pass a list of entries"):
        rv.from_rows(tmp_path / "a.json")
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="is not JSON"):
        rv.from_rows({"A": tmp_path / "b.json"})
    with pytest.raises(FileNotFoundError):
        rv.from_rows(tmp_path / "missing.json")
