"""The notebooks run from top to bottom, as a reader runs them."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"


def run(name, folder, **replaced):
    """Run a notebook in a folder of its own; all cells' outputs, by cell.

    `replaced` sets settings: ``characters="10"`` puts 10 where ``characters=...,`` stands.
    """
    notebook = nbformat.read(FOLDER / name, 4)
    for key, value in replaced.items():
        pattern = rf"\b{key}=[^,]*,"
        [cell] = [cell for cell in notebook.cells if re.search(pattern, cell.source)]
        cell.source = re.sub(pattern, f"{key}={value},", cell.source)
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()  # raises where a cell does
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_is_committed_clean(path):
    notebook = nbformat.read(path, 4)
    assert "widgets" not in notebook.metadata
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def printed(outputs):
    return "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stdout")


def shown(outputs, kind):
    return [o.data[kind] for o in outputs if "data" in o and kind in o.data]


@pytest.fixture
def kernels(monkeypatch):
    """Kernels run on one thread: the tests beside them need the others."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.mark.usefixtures("kernels")
def test_the_quickstart_runs(tmp_path):
    cells = run("quickstart.ipynb", tmp_path)
    told = re.findall(r"the right door has (\d+)%; (\d+)% of", "".join(map(printed, cells)))
    (door, letter), (learned, remembered) = [tuple(map(int, pair)) for pair in told]
    assert door < 30
    assert learned > 60
    assert remembered > letter + 5
    live, frozen = [
        o["data"] for outputs in cells for o in outputs if "text/html" in o.get("data", {})
    ]
    view = "application/vnd.jupyter.widget-view+json"
    assert view in live
    assert view not in frozen


@pytest.mark.usefixtures("kernels")
def test_compare_units_tells_what_was_measured(tmp_path):
    import rnnviz_widget as rv

    (tmp_path / "tools").symlink_to(FOLDER.parent / "tools")  # where its figures come from
    (tmp_path / "notebooks").mkdir()
    cells = run("compare-units.ipynb", tmp_path / "notebooks")
    tables = [table for outputs in cells for table in shown(outputs, "text/markdown")]
    figures = [figure for outputs in cells for figure in shown(outputs, "image/svg+xml")]
    widgets = [
        o for outputs in cells for o in shown(outputs, "application/vnd.jupyter.widget-view+json")
    ]
    assert len(figures) == 5
    assert len(widgets) == 1
    models, _, memory, article = tables
    for name in rv.pretrained_names()[:4]:
        results, title = rv.pretrained_results(name), rv.load_pretrained(name).name
        top = results["model"]["accuracy"]["in vocabulary"]["top 1"]
        assert re.search(rf"\| {title} \|.*\| {100 * top['value']:.1f} \(", models)
        assert re.search(rf"\| {title} \| {results['memory']['reach']['value']:.1f} \(", memory)
        assert f"| {title} |" in article
    assert "| 35.9 |" in article


@pytest.mark.usefixtures("kernels")
def test_train_your_own_learns_and_remembers(tmp_path):
    cells = run("train-your-own.ipynb", tmp_path)
    lines = printed(cells[-1]).splitlines()
    first = {line[:36].strip(): float(line[36:].split()[0]) for line in lines[1:]}
    assert set(first) == {
        "prefix lookup",
        "lookup by prefix and previous word",
        "early",
        "late",
    }
    assert first["late"] > first["early"] + 10
    assert first["late"] > 40


@pytest.mark.usefixtures("kernels")
def test_train_your_own_takes_the_readers_text(tmp_path):
    text = "The quick brown fox, the lazy dog; a hedgehog & 7 ducks saw them all. " * 700
    (tmp_path / "my-text.txt").write_text(text, encoding="utf-8")
    cells = run("train-your-own.ipynb", tmp_path, characters="150_000")
    assert "The quick brown fox" in printed(cells[0])
    late = next(line for line in printed(cells[-1]).splitlines() if line.startswith("late"))
    assert float(late[36:].split()[0]) > 90


@pytest.mark.usefixtures("kernels")
def test_reading_tells_the_same_in_numbers_and_in_words(tmp_path):
    cells = run("reading.ipynb", tmp_path)
    said = "".join(map(printed, cells))
    assert re.search(r"^GRU: reach [\d.]+, effective [\d.]+; over the text", said, re.MULTILINE)
    share, word = re.search(r"^ *([\d.]+)%  (\w+)$", said, re.MULTILINE).groups()
    assert f"{share} % of it lies on “{word}”" in said
    brushed = re.findall(r"^(.*): ([\d.]+)% of what 'learning' rests on$", said, re.MULTILINE)
    assert [name for name, _ in brushed] == ["GRU", "small GRU"]
    # The one that was trained long completes the word from what came before it.
    assert float(brushed[0][1]) > float(brushed[1][1])
    assert re.search(r"^GRU, small GRU: the model does not know 'ï' at 2", said, re.MULTILINE)
    [figure] = [o for outputs in cells for o in shown(outputs, "image/png")]
    assert len(figure) > 10_000
