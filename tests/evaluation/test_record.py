"""What is read back from a file of tallies is what was written, or it is said where it is not."""

import json
import subprocess
import sys
import threading

import pytest
from evaluation.plainly import TEXTS, same, word_model

import rnnviz_widget as rv

NAMES = ("inside", "outside", "right", "loss", "rows", "reach", "effective", "before", "lags")


def evaluate(path, texts=TEXTS, **options):
    return rv.evaluate(word_model(), texts, progress=False, start=5, keep=path, **options)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    path = tmp_path_factory.mktemp("record") / "all.jsonl"
    return evaluate(path), path.read_text(encoding="ascii").splitlines()


def every(change, values):
    """A change of each number in lists of lists."""
    return [every(change, v) if isinstance(v, list) else change(v) for v in values]


CHANGES = {
    "negative": lambda values: every(lambda v: -5 - v, values),
    "NaN": lambda values: every(lambda _: float("nan"), values),
    "infinite": lambda values: every(lambda _: float("-inf"), values),
    "short": lambda values: values[:1],
    "long": lambda values: [*values, values[0]],
    "words": lambda values: every(str, values),
    "true": lambda values: every(lambda _: True, values),
    "nested": lambda values: [values],
    "none": lambda _: None,
    "a number": lambda _: 3,
    "huge": lambda values: every(lambda v: v + 10**6 if isinstance(v, int) else 1e300, values),
    "beyond 64 bits": lambda values: every(lambda _: 10**30, values),
}


def refused(tmp_path, lines, words):
    path = tmp_path / "kept.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=words) as caught:
        evaluate(path)
    assert path.read_text(encoding="utf-8") == "\n".join(lines) + "\n"
    return caught.value


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", NAMES)
def test_a_changed_number_is_refused_and_its_line_named(tmp_path, finished, name, change):
    _, lines = finished
    record = json.loads(lines[2])
    record["tally"][name] = CHANGES[change](record["tally"][name])
    changed = [*lines[:2], json.dumps(record), *lines[3:]]
    error = refused(tmp_path, changed, r"kept\.jsonl, line 3: expected .*Delete this line")
    assert name in str(error)


def moved(record):
    """One right answer from one place to another: the sums are the same."""
    first = record["tally"]["right"][0]
    some = next(n for n, count in enumerate(first) if count)
    first[some] -= 1
    first[-1] += 1


def unread(record):
    record["tally"]["reach"][-1] = 1.0


def too_many(record):
    record["tally"]["outside"][0] += 10_000


def uneven(record):
    record["tally"]["lags"][0] += 1.0


def before(record):
    record["tally"]["before"][0] = record["tally"]["rows"][0] + 1.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (moved, "right to grow with the number of guesses, and not beyond inside"),
        (unread, "reach, effective and before to be 0 where rows is"),
        (too_many, "positions at most, as the text has"),
        (uneven, "lags to add up to rows"),
        (before, "before to be no more than rows"),
    ],
)
def test_numbers_that_cannot_be_together_are_refused(tmp_path, finished, change, words):
    _, lines = finished
    record = json.loads(lines[1])
    change(record)
    refused(tmp_path, [lines[0], json.dumps(record), *lines[2:]], f"line 2: expected .*{words}")


@pytest.mark.parametrize("number", [-1, len(TEXTS), 10**6, 1.0, True, None, "0", [0]])
def test_a_text_that_is_not_there_is_refused(tmp_path, finished, number):
    _, lines = finished
    record = json.loads(lines[1]) | {"text": number}
    refused(
        tmp_path,
        [*lines, json.dumps(record)],
        "line 6: expected the number of one of 4 texts, from 0 on; got",
    )


@pytest.mark.parametrize(
    "line",
    ["[" * 100_000 + "]" * 100_000, "\0" * 40, "", '{"text": 0, "tally": ' + "[" * 5000, "ä", "{}"],
)
def test_a_line_that_is_nothing_is_refused(tmp_path, finished, line):
    _, lines = finished
    error = refused(tmp_path, [*lines[:2], line, *lines[2:]], "line 3: expected .*; got ")
    assert len(str(error)) < 1000


def test_a_deeply_nested_first_line_is_refused(tmp_path):
    refused(tmp_path, ["[" * 100_000], "belongs to another evaluation")


def test_a_line_that_is_there_twice_counts_once(tmp_path, finished):
    found, lines = finished
    path = tmp_path / "kept.jsonl"
    path.write_text("\n".join([*lines, lines[1], lines[1]]) + "\n", encoding="ascii")
    same(evaluate(path), found)


def test_two_lines_of_one_text_that_differ_are_refused(tmp_path, finished):
    _, lines = finished
    record = json.loads(lines[1])
    record["tally"]["loss"][0] += 1e-9
    assert record["tally"]["inside"][0] > 0
    refused(
        tmp_path,
        [*lines, json.dumps(record)],
        "line 6: expected text 0 once; line 2 has other numbers for it",
    )


def test_a_line_that_is_deleted_is_counted_again(tmp_path, finished):
    found, lines = finished
    path = tmp_path / "kept.jsonl"
    path.write_text("\n".join([*lines[:2], *lines[3:]]) + "\n", encoding="ascii")
    same(evaluate(path), found)
    assert sorted(path.read_text(encoding="ascii").splitlines()) == sorted(lines)


def test_without_memory_its_numbers_are_nothing(tmp_path):
    path = tmp_path / "kept.jsonl"
    found = evaluate(path, memory=False)
    same(evaluate(path, memory=False), found)
    lines = path.read_text(encoding="ascii").splitlines()
    record = json.loads(lines[1])
    record["tally"]["rows"][0] = 1
    path.write_text("\n".join([lines[0], json.dumps(record)]) + "\n", encoding="ascii")
    with pytest.raises(ValueError, match="line 2: expected"):
        evaluate(path, memory=False)


def test_a_file_that_is_being_written_is_left_alone(tmp_path, finished, monkeypatch):
    """A second evaluation, while the first is at its first text."""
    found, _ = finished
    path = tmp_path / "kept.jsonl"
    begun, go_on = threading.Event(), threading.Event()
    original = rv.evaluation.run.tally_text

    def waiting(*arguments):
        begun.set()
        assert go_on.wait(60)
        return original(*arguments)

    monkeypatch.setattr(rv.evaluation.run, "tally_text", waiting)
    results = []
    first = threading.Thread(target=lambda: results.append(evaluate(path)))
    first.start()
    try:
        assert begun.wait(60)
        with pytest.raises(BlockingIOError, match=r"another evaluation is writing to it.*kept"):
            evaluate(path)
    finally:
        go_on.set()
        first.join()
    same(results[0], found)
    same(evaluate(path), found)


HOLDING = """
import sys
from rnnviz_widget.evaluation.lock import lock_alone
file = open(sys.argv[1], "a+b")
lock_alone(file)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_process_that_was_killed_holds_nothing(tmp_path, finished):
    found, _ = finished
    path = tmp_path / "kept.jsonl"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(BlockingIOError, match="another evaluation is writing to it"):
            evaluate(path)
        other.kill()
        other.wait()
        same(evaluate(path), found)


def test_an_interrupted_evaluation_lets_go_of_its_file(tmp_path, finished, monkeypatch):
    found, _ = finished
    path = tmp_path / "kept.jsonl"

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rv.evaluation.run, "tally_text", interrupted)
        with pytest.raises(KeyboardInterrupt) as caught:
            evaluate(path)
    same(evaluate(path), found)
    assert caught.traceback  # which a notebook keeps, with all that was in use


def test_where_locks_are_unknown_it_is_said(tmp_path, finished, monkeypatch, caplog):
    found, _ = finished

    def unknown(_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(rv.evaluation.lock, "_lock", unknown)
    same(evaluate(tmp_path / "kept.jsonl"), found)
    assert "make sure that no other process writes to it" in caplog.text
