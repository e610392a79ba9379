"""The command that checks and times a GPU, on the CPU and in small sizes."""

import argparse
import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from rnnviz_widget.engines import MEASURES

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def command(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import gpu

    return gpu


def checked(command, tmp_path, only):
    options = {"device": "cpu", "quick": True, "only": only, "until": float("inf")}
    path = tmp_path / "found.json"
    command.run_part("checks", argparse.Namespace(**options, json=path))
    from gpu_report import Results

    return json.loads(path.read_text())["records"], Results(path)


def test_the_command_writes_results_and_a_table(tmp_path):
    path = tmp_path / "gpu.json"
    only = ("--device", "cpu", "--quick", "--only", "GRU 2", "--json", str(path))
    done = subprocess.run(
        [sys.executable, str(FOLDER / "gpu.py"), *only], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(path.read_text())
    assert found["machine"]["device"] == "cpu"
    parts = [each["part"] for each in found["records"]]
    assert parts == ["matrix"] * 2 + ["long"] * 4
    naive, exact = found["records"][0]["ways"][:2]
    assert naive["median_s"] > 0
    assert exact["engine"].startswith("sweep")
    assert exact["error"] < 1e-5
    table = path.with_suffix(".md").read_text()
    assert "| ours, exact |" in table
    assert "all rows, few carriers" in table
    assert table.strip() in done.stdout


@pytest.mark.parametrize(
    "only",
    ["sweep, GRU x 1, norm", "autograd, written loop, together", "model, classifier, f", "masked"],
)
def test_right_numbers_are_found_right(command, tmp_path, only):
    records, results = checked(command, tmp_path, only)
    assert [each["ok"] for each in records] == [True, True]
    assert all(each["error"] <= each["bound"] for each in records)
    assert not results.failed()
    assert "2 checks: 2 as they should be, 0 not" in results.table()


def test_a_wrong_number_is_reported(command, tmp_path, monkeypatch):
    right = MEASURES["norm"]
    wrong = dataclasses.replace(right, reduce=lambda along: 1.001 * right.reduce(along))
    monkeypatch.setitem(MEASURES, "norm", wrong)
    records, results = checked(command, tmp_path, "sweep, GRU x 1, norm")
    assert [each["ok"] for each in records] == [False, False]
    assert records[0]["error"] == pytest.approx(1e-3, rel=1e-2)
    assert "- FAILED: sweep, GRU x 1, norm, float64 is off by 1.0e-03" in results.table()


def test_what_fails_does_not_stop_the_rest(command, tmp_path, monkeypatch):
    import cuda_truth

    choose, calls = cuda_truth.choose_engine, []

    def once(*args):
        calls.append(args)
        if len(calls) == 1:
            raise RuntimeError("out of memory, say")
        return choose(*args)

    monkeypatch.setattr(cuda_truth, "choose_engine", once)
    records, results = checked(command, tmp_path, "sweep, GRU x 1, norm")
    assert [each["ok"] for each in records] == [False, True]
    assert records[0]["traceback"][-1] == "RuntimeError: out of memory, say"
    assert "out of memory, say" in results.table()


def test_without_the_widgets_own_dependencies(tmp_path):
    for name in ("anywidget", "ipywidgets", "traitlets"):
        (tmp_path / f"{name}.py").write_text('raise ImportError("not here")\n')
    line = (
        "import gpu; gpu.find_package(); import article_model, sys; "
        "print(*({'anywidget', 'rnnviz_widget.engines'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", line],
        env={"PYTHONPATH": f"{tmp_path}:{FOLDER}", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "rnnviz_widget.engines\n"
