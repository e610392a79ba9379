"""A card says what the results say."""

import copy
import json
import re

import pytest
from card import ONE_RUN, by_known, commands, render, write
from training.measured import SIZES, trained_on

import rnnviz_widget as rv
from rnnviz_widget.training.baselines import PREFIX, PREVIOUS
from rnnviz_widget.training.log import with_earlier
from rnnviz_widget.training.measure import measure
from rnnviz_widget.training.summary import percent, summary

COMMANDS = "what to type"


@pytest.fixture(scope="module")
def results(corpus):
    return measure(trained_on(corpus), corpus, name="small", progress=False, **SIZES)


@pytest.fixture(scope="module")
def page(results):
    return render(results, COMMANDS)


def table(page, title):
    """The cells below a line, by the name of their row."""
    lines = page[page.index(title) :].splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("|"))
    rows = {}
    for line in lines[first:]:
        if not line.startswith("|"):
            break
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        rows[name] = cells
    return rows


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+\.\d+|-?\d+", text.replace(",", ""))]


def shares(figure):
    return [pytest.approx(100 * figure[key], abs=0.0501) for key in ("value", "low", "high")]


@pytest.mark.parametrize(
    ("title", "kind"),
    [("In-vocabulary accuracy", "in vocabulary"), ("Accuracy at all", "all")],
)
def test_tables_of_accuracy(page, results, title, kind):
    found = table(page, title)
    assert found[""] == ["top 1", "top 2", "top 3"]
    for name, figures in (
        ("small", results["model"]),
        (PREFIX, results[PREFIX]),
        (PREVIOUS, results[PREVIOUS]),
    ):
        for top, cell in zip((1, 2, 3), found[name], strict=True):
            figure = figures["accuracy"][kind][f"top {top}"]
            assert re.fullmatch(r"\d+\.\d \(\d+\.\d to \d+\.\d\)", cell)
            assert numbers(cell) == shares(figure)
    line = next(line for line in page.splitlines() if line.startswith(title))
    positions = results["model"]["accuracy"][kind]["top 1"]["positions"]
    assert positions in numbers(line)


def test_the_table_by_known_characters(page, results):
    found = table(page, "In-vocabulary top 1 by the number")
    assert found[""] == [str(known) for known in range(9)]
    for name, figures in (("small", results["model"]), (PREVIOUS, results[PREVIOUS])):
        values = figures["accuracy by known"]["in vocabulary"]["top 1"]["value"]
        for cell, value in zip(found[name], values, strict=False):
            if value is None:
                assert cell == ""
            else:
                assert float(cell) == pytest.approx(100 * value, abs=0.0501)
    assert found["small"][8] == ""  # the longest word has six letters


def test_memory(page, results):
    found, memory = table(page, "## What it remembers"), results["memory"]
    for name, key in (("mean reach, characters", "reach"), ("effective characters",) * 2):
        expected = [pytest.approx(memory[key][end], abs=0.0501) for end in ("value", "low", "high")]
        assert numbers(found[name][0]) == expected
    before = found["share before the current word, %"][0]
    assert numbers(before) == shares(memory["share before word"])
    rows = table(page, "Share before the current word by")
    values = memory["share before word by known"]["value"]
    assert float(rows["small"][1]) == pytest.approx(100 * values[1], abs=0.0501)
    sentence = page[page.index("From the connectivity") : page.index("| | |\n")]
    length = memory["characters"] / 4
    found = [n for n in numbers(sentence) if n != 2]  # of "L2"
    assert found == [4, pytest.approx(length, abs=5), memory["reach"]["positions"], 100]


def test_losses_and_gains(page, results):
    line = next(line for line in page.splitlines() if line.startswith("- Cross entropy"))
    ends = ("value", "low", "high")
    expected = [results[name]["cross entropy"][end] for name in ("model", PREFIX) for end in ends]
    assert numbers(line) == pytest.approx(expected, abs=0.000501)
    text = page[page.index("- In-vocabulary top 1 above") :].split("\n- ")[0]
    found = re.findall(r"(-?\d+\.\d) \((-?\d+\.\d) to (-?\d+\.\d)\) points", text)
    for numbers_in, name in zip(found, (PREFIX, PREVIOUS), strict=True):
        gain = results["gain over"][name]
        assert [float(n) for n in numbers_in] == shares(gain)
        difference = (
            results["model"]["accuracy"]["in vocabulary"]["top 1"]["value"]
            - results[name]["accuracy"]["in vocabulary"]["top 1"]["value"]
        )
        assert float(numbers_in[0]) == pytest.approx(100 * difference, abs=0.0501)


def test_what_was_trained_and_read(page, results, corpus):
    assert page.startswith("# small\n")
    assert "A GRU of 1 x 6 units that names the word being typed" in page
    assert "It knows the 15 most frequent words." in page
    assert f"{results['weights']:,} weights" in page
    assert "2,400 characters read in 20 steps" in page
    assert "- Time: 2 minutes on 1 CPU thread(s) of a machine" in page
    assert "over 2,400 characters;" in page
    read = results["model"]["characters"]
    assert f"On {read:,} characters at the end of the test part of {corpus.name}" in page
    assert "which nothing was trained or tuned on,\nin 10 texts of about 300 characters" in page
    assert ONE_RUN in page
    assert page.endswith("The commands:\n\n```\nwhat to type\n```\n")
    assert not re.search(r"\b(nan|None|inf)\b", page)


def test_other_results(results):
    other = copy.deepcopy(results)
    other["part"] = "validation"
    other["config"] |= {"cell": "nested-lstm", "depth": 2}
    other["about"]["budgets"] = [[0, 1200], [10, 2400]]
    other["about"]["settings"]["softmax"] = "full"
    other["about"]["device"] = "cuda"
    for name in ("low", "high"):
        other["gain over"][PREFIX][name] = None
    page = render(other, COMMANDS)
    assert "A nested LSTM of 1 x 6 units, depth 2, that names" in page
    assert "- Time: 2 minutes on cuda of a machine" in page
    assert "end of the validation part" in page
    assert "which nothing was trained on,\n" in page
    assert "over 1,200 characters, from step 10 on over 2,400;" in page
    assert "A softmax over all words." in page
    assert "(? to ?) points" in page


def test_a_card_lands_beside_its_results(tmp_path, results):
    path = tmp_path / "small.json"
    path.write_text(json.dumps(results), encoding="utf-8")
    write(path)
    card = (tmp_path / "small.md").read_text(encoding="utf-8")
    assert card == render(results, commands(path))
    evaluate, again = commands(path).splitlines()
    assert f" evaluate {tmp_path}/small.safetensors --results {path}" in evaluate
    assert again == f"python tools/card.py {path}"


def test_the_summary_has_the_figures_of_the_card(page, results):
    said = summary(results)
    assert said.startswith("# small\n")
    inside, everywhere = table(page, "In-vocabulary accuracy"), table(page, "Accuracy at all")
    assert table(said, "where the word is in the vocabulary") == inside
    assert table(said, "at all positions") == everywhere != inside
    remembers = table(page, "## What it remembers")
    for name in ("mean reach, characters", "effective characters"):
        assert f"- {name.capitalize()}: {remembers[name][0]}\n" in said
    assert said.endswith(remembers["share before the current word, %"][0])


def test_figures_in_words():
    figure = {"value": 0.5678, "low": 0.561, "high": 0.5749, "positions": 9}
    assert percent(figure) == "56.8 (56.1 to 57.5)"
    assert percent(dict.fromkeys(figure)) == "? (? to ?)"
    rows = by_known({"a": {"value": [0.5, *[None] * 24]}}).splitlines()
    assert rows[2] == "| a | 50.0 |" + "  |" * 8


def test_a_constant_rate_is_called_that():
    results = rv.pretrained_results("gru-small")  # trained in one run
    assert "learning rate 0.005, warm-up and cosine decay over" in render(results, "")
    results["about"]["settings"] |= {"warmup": 0.0, "floor": 1.0}
    page = render(results, "")
    assert "learning rate 0.005, constant; gradients" in page
    assert "cosine" not in page


def test_a_model_that_was_trained_further_lists_its_runs():
    results = rv.pretrained_results("rnn")
    first = results["about"]
    for name in ("before", "run"):
        first.pop(name, None)
    second = first | {"characters": 2_000_000, "steps": 700, "seconds": 60, "log": {}}
    second["budgets"] = [[0, 2_000_000]]
    second["settings"] = first["settings"] | {"rate": 0.001, "softmax": "full", "seed": 7}
    results["about"] = with_earlier(second, first)
    page = render(results, "")
    read = first["characters"]
    assert f"{read + 2_000_000:,} characters read in {first['steps'] + 700:,} steps" in page
    assert "2 runs, each from the weights of the one before:" in page
    assert f"\n  1. {read:,} characters; learning rate {first['settings']['rate']}, " in page
    assert (
        "\n  2. 2,000,000 characters; learning rate 0.001, warm-up and cosine decay over 2,000,0"
        in page
    )
    assert "     a softmax over all words; seed 7.\n" in page
