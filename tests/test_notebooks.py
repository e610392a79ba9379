"""The notebooks run from top to bottom, as a reader runs them."""

import ast
import re

import nbformat
import pytest
import write_notebooks
from nbclient import NotebookClient
from notebook_files import FOLDER, NAMES, PATHS, read


def run(name, folder, **replaced):
    """Run a notebook in a folder of its own, with other settings; all cells' outputs, by cell."""
    notebook = read(name, **replaced)
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()  # raises where a cell does
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_notebook_is_committed_clean_or_with_the_outputs_of_its_sources(path):
    notebook = nbformat.read(path, 4)
    assert "widgets" not in notebook.metadata
    bare = nbformat.writes(notebook) == nbformat.writes(write_notebooks.cleared(notebook))
    assert bare or not write_notebooks.faults(notebook)


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_notebook_asks_a_question_and_says_how_long_it_takes_and_what_one_knows_then(path):
    title, opening, *_ = nbformat.read(path, 4).cells[0].source.split("\n\n")
    assert re.fullmatch(r"# .*\?", title)
    assert re.fullmatch(
        r"\*.* minutes? to read, .* to run\. After it you [^*]+\.\*", opening, re.DOTALL
    )


def tree_of(cell):
    """A cell's code, but for IPython's own lines."""
    lines = cell.source.splitlines()
    return ast.parse("\n".join("" if line.startswith("%") else line for line in lines))


def calls(tree, *names):
    """The calls of functions and methods with one of these names."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in found if getattr(call.func, "attr", None) in names]


def widgets_of(trees):
    """The names that are given to widgets."""
    given = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    return {
        target.id
        for node in given
        for target in node.targets
        if isinstance(target, ast.Name) and node.value in calls(node, "explore", "from_rows")
    }


def changed(tree):
    """Where names are changed: an attribute is set, or `refresh` is called."""
    set_now = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    ]
    every = [*set_now, *(call.func for call in calls(tree, "refresh"))]
    return [(node.value.id, node.lineno) for node in every if isinstance(node.value, ast.Name)]


def is_shown(tree, name, line):
    """Whether a cell shows what has this name, from a line on: as its last line, or by display."""
    shown = [tree.body[-1].value] if isinstance(tree.body[-1], ast.Expr) else []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "display":
            shown += node.args
    return any(
        isinstance(node, ast.Name) and node.id == name and node.lineno >= line for node in shown
    )


def out_of_sight(cells):
    """The changes of widgets that their own cell does not show."""
    trees = [tree_of(cell) for cell in cells if cell.cell_type == "code"]
    widgets = widgets_of(trees)
    return [
        f"{name} in: {ast.unparse(tree)}"
        for tree in trees
        for name, line in changed(tree)
        if name in widgets and not is_shown(tree, name, line)
    ]


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_a_widget_that_a_cell_changes_is_shown_by_that_cell(path):
    assert out_of_sight(nbformat.read(path, 4).cells) == []


@pytest.mark.parametrize(
    ("source", "unseen"),
    [
        ("w.target = 'level'", True),
        ("w.scale, w.position = 'share', 3", True),
        ("w\nw.by = 'word'", True),
        ("w.refresh()\nprint(1)", True),
        ("w.target = 'level'\nother", True),
        ("display(w)\nw.bars = True", True),
        ("try:\n    w.text = 'no'\nexcept ValueError:\n    pass", True),
        ("%matplotlib inline\nw.bars = True\nw", False),
        ("w.target = 'level'\ndisplay(w)\nprint(1)", False),
        ("w.position", False),
        ("other.bars = True", False),
    ],
)
def test_what_is_out_of_sight_is_found(source, unseen):
    cells = [nbformat.v4.new_code_cell(code) for code in ("w = rv.explore(m, 'a text')\nw", source)]
    assert bool(out_of_sight(cells)) is unseen


@pytest.mark.parametrize("path", PATHS, ids=NAMES)
def test_no_section_stands_twice(path):
    notebook = nbformat.read(path, 4)
    cells = [cell.source for cell in notebook.cells]
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    headings = re.findall(r"^#+ .*$", "\n".join(prose), re.MULTILINE)
    assert len(headings) > 3
    assert len(set(headings)) == len(headings)
    assert len(set(cells)) == len(cells)


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
    cells = run("quickstart", tmp_path)
    percents = re.findall(r"the right door has (\d+)%; (\d+)% of", "".join(map(printed, cells)))
    (door, letter), (learned, remembered) = [tuple(map(int, pair)) for pair in percents]
    assert door < 30
    assert learned > 60
    assert remembered > letter + 5
    drawn = [o["data"] for outputs in cells for o in outputs if "text/html" in o.get("data", {})]
    view = "application/vnd.jupyter.widget-view+json"
    assert [view in data for data in drawn] == [True, True, True, False]


@pytest.mark.usefixtures("kernels")
def test_compare_units_tells_what_was_measured(tmp_path):
    import rnnviz_widget as rv

    for name in ("tools", "benchmarks"):  # where its figures come from, and results over seeds
        (tmp_path / name).symlink_to(FOLDER.parent / name)
    (tmp_path / "notebooks").mkdir()
    cells = run("compare-units", tmp_path / "notebooks")
    tables = [table for outputs in cells for table in shown(outputs, "text/markdown")]
    figures = [figure for outputs in cells for figure in shown(outputs, "image/png")]
    widgets = [
        o for outputs in cells for o in shown(outputs, "application/vnd.jupyter.widget-view+json")
    ]
    assert len(figures) == 6
    assert len(widgets) == 1
    models, _, memory, over_seeds, article = tables
    for name in rv.pretrained_names()[:4]:
        results, title = rv.pretrained_results(name), rv.load_pretrained(name).name
        top = results["model"]["accuracy"]["in vocabulary"]["top 1"]
        assert re.search(rf"\| {title} \|.*\| {100 * top['value']:.1f} \(", models)
        assert re.search(rf"\| {title} \| {results['memory']['reach']['value']:.1f} \(", memory)
        assert f"| {title} |" in article
    assert over_seeds.count("\n| GRU | 5 |") == over_seeds.count("\n| LSTM | 5 |") == 1
    assert "| 35.9 |" in article


def accuracy_by_name(outputs):
    """The top-1 accuracy of each row of the table that train-your-own ends with."""
    [table] = shown(outputs, "text/markdown")
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    return {name: float(accuracy.split()[0]) for name, accuracy, *_ in rows}


@pytest.mark.usefixtures("kernels")
def test_train_your_own_learns_and_remembers(tmp_path):
    cells = run("train-your-own", tmp_path)
    first = accuracy_by_name(cells[-1])
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
    cells = run("train-your-own", tmp_path, characters="150_000")
    assert "The quick brown fox" in printed(cells[0])
    assert accuracy_by_name(cells[-1])["late"] > 90


@pytest.mark.usefixtures("kernels")
def test_reading_tells_the_same_in_numbers_and_in_words(tmp_path):
    cells = run("reading", tmp_path)
    said = "".join(map(printed, cells))
    assert re.search(r"^GRU: reach [\d.]+, effective [\d.]+; over the text", said, re.MULTILINE)
    share, word = re.search(r"^ *([\d.]+)%  (\w+)$", said, re.MULTILINE).groups()
    assert f"{share} % of it lies on “{word}”" in said
    brushed = re.findall(r"^(.*): ([\d.]+)% of what 'learning' rests on$", said, re.MULTILINE)
    assert [name for name, _ in brushed] == ["GRU", "small GRU"]
    # The one that was trained long completes the word from what came before it.
    assert float(brushed[0][1]) > float(brushed[1][1])
    exchanged = r"^GRU: 'learning' has (.*)% after 'advanced', and (.*)% after 'ordinary'$"
    before, after = map(float, re.search(exchanged, said, re.MULTILINE).groups())
    assert abs(after - before) > 1  # a word that carries much of the row is not there in vain
    [figure] = [o for outputs in cells for o in shown(outputs, "image/png")]
    assert len(figure) > 10_000


def rows_of(html):
    """A pandas table: the cells of each row by what the row is called."""
    rows = re.findall(r"<tr>\s*<th>([^<]+)</th>\s*(<td>.*?)</tr>", html, re.DOTALL)
    return {name: re.findall(r"<td>(.*?)</td>", cells, re.DOTALL) for name, cells in rows}


def three_numbers(cell):
    """A number with the ends of its interval."""
    return [float(number) for number in re.findall(r"[\d.]+", cell)]


@pytest.mark.usefixtures("kernels")
def test_inside_names_three_units_and_says_how_sure_that_is(tmp_path):
    cells = run("inside", tmp_path)
    said = "".join(map(printed, cells))
    tables = [
        rows_of(html)
        for outputs in cells
        for html in shown(outputs, "text/html")
        if 'class="dataframe"' in html
    ]
    _, named, beside_random, memory, fails, by_looking, without = tables
    three = re.search(r"^kept: (.*)$", said, re.MULTILINE)[1].split("; ")
    assert len(three) == 3
    for name in three:
        *_, trained, random = map(three_numbers, beside_random[name])
        assert trained == three_numbers(named[name][-1])
        assert trained[0] > 0.8
        assert trained[1] > random[2]
        on, off, _ = fails[name]
        assert float(on) > 2 * float(off)
        unit, missed, others = map(three_numbers, without[name])
        assert unit == three_numbers(memory[name][0])
        assert missed[0] > others[0]
    # Found in the lists of the view alone: a unit for each of three meanings, good on new texts.
    found = {}
    for unit, (_, name, auc) in by_looking.items():
        found.setdefault(name, {})[unit] = three_numbers(auc)
    assert len(found) == 3
    assert all(max(low for _, low, _ in units.values()) > 0.85 for units in found.values())
    assert found.keys() & set(three)
    for name in found.keys() & set(three):
        best = max(value for value, _, _ in found[name].values())
        assert best > three_numbers(named[name][-1])[0] - 0.05
    # What the text says of white space: any network has a unit for it.
    assert three_numbers(beside_random["white space"][-1])[0] > 0.95
    assert re.search(r"^ +0\.\d\d  .*\[.+\]$", said, re.MULTILINE)
    assert float(re.search(r"connectivity: (\S+) of it", said)[1]) < 1e-9
    assert int(re.search(r"\((\d+) % is gone\)", said)[1]) > 50
    kinds = [o.data.keys() for outputs in cells for o in outputs if "data" in o]
    # A progress bar, which comes where a search takes long, has no picture.
    picture = {"application/vnd.jupyter.widget-view+json", "text/html"}
    assert sum(picture <= each for each in kinds) == 4
