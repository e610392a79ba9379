"""Notebooks that are read and not run: what their outputs keep."""

import base64
import io

import nbformat
import pytest
import write_notebooks
from PIL import Image

pytestmark = pytest.mark.browser

SOURCES = {
    "models": "import rnnviz_widget as rv\nmodel = rv.load_pretrained('gru-small')\nprint(6 * 7)",
    "live": "w = rv.explore(model, ' the formal study of gram', position=23)\nw",
    "frozen": "other = rv.explore(model, ' a young age', position=4)\nother.freeze()",
    "table": "import pandas as pd\npd.DataFrame({'a number': [1789]})",
}


@pytest.fixture
def notebook():
    cells = [nbformat.v4.new_markdown_cell("# A question", id="title")]
    cells += [nbformat.v4.new_code_cell(source, id=name) for name, source in SOURCES.items()]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def colours(output):
    """The colours of a picture, by how many pixels have each; and its width."""
    image = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
    return len(image.convert("RGB").getcolors(1 << 24)), image.width


def test_widgets_become_pictures_with_words_and_all_agrees_with_the_sources(lab, page, notebook):
    before = nbformat.writes(notebook)
    done = write_notebooks.executed(lab, page, notebook, "written")
    assert nbformat.writes(notebook) == before
    outputs = {cell.id: cell.outputs for cell in done.cells if cell.cell_type == "code"}
    assert [len(each) for each in outputs.values()] == [1, 1, 1, 1]
    assert outputs["models"][0].text == "42\n"
    assert "1789" in outputs["table"][0].data["text/html"]
    for name, predicted in {"live": "gram", "frozen": "young"}.items():
        [output] = outputs[name]
        assert output.data.keys() == {"image/png", "text/plain"}
        shown, width = colours(output)
        assert shown > 30  # Text, and the colours of a row: an empty page has fewer.
        assert width >= output.metadata["image/png"]["width"] > 600
        words = output.data["text/plain"]
        assert words == output.metadata["image/png"]["alt"]
        assert "small GRU predicts" in words
        assert predicted in words
    assert "<script" not in nbformat.writes(done)
    assert write_notebooks.faults(done) == []
    assert nbformat.writes(write_notebooks.cleared(done)) == before

    read = write_notebooks.as_page(done)
    assert read.count('alt="After “') == 2
    assert "1789" in read

    done.cells[2].source += "  # It was not run so."
    behind = [f"cell {name} was not run as it stands" for name in ("live", "frozen", "table")]
    assert write_notebooks.faults(done) == behind


def test_what_was_never_run_is_told_and_so_is_what_is_gone(notebook):
    assert len(write_notebooks.faults(notebook)) == len(SOURCES)
    kept = write_notebooks.sources_by_cell(notebook)
    notebook.metadata[write_notebooks.KEPT] = kept
    assert write_notebooks.faults(notebook) == []
    notebook.cells.pop()
    assert write_notebooks.faults(notebook) == ["cell table was run, and is gone"]


def test_the_command_checks_clears_and_writes_pages(notebook, tmp_path, capsys):
    path = tmp_path / "one.ipynb"
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="as it was\n")]
    bad = "<b onclick='x()'>kept</b><script>gone()</script><style>p { gone: 1 }</style>"
    html = nbformat.v4.new_output("display_data", {"text/html": bad})
    notebook.cells[2].outputs = [html]
    nbformat.write(notebook, path)
    assert write_notebooks.main(["--check"], tmp_path) == 1
    assert "one.ipynb: cell live was not run as it stands" in capsys.readouterr().err
    assert write_notebooks.main(["--pages", str(tmp_path / "pages")], tmp_path) == 0
    page = (tmp_path / "pages" / "one.html").read_text(encoding="utf-8")
    assert "as it was" in page
    assert "<b>kept</b>" in page
    assert "gone" not in page
    assert write_notebooks.main(["--clear", "one"], tmp_path) == 0
    assert not any(cell.get("outputs") for cell in nbformat.read(path, 4).cells)
    with pytest.raises(SystemExit):
        write_notebooks.main(["--clear", "two"], tmp_path)
    assert "no notebook two; there are one" in capsys.readouterr().err
