"""Runs the notebooks and keeps their outputs: `python tools/write_notebooks.py [NAME ...]`.

GitHub and nbviewer run no widget, and take scripts and styles out of outputs. So each widget's
output becomes a picture of it, as Chromium paints it in JupyterLab, with the words that say the
same. All else that the cells printed and drew stays.

Options, of which none runs anything:
    --check      Fail unless all code cells were run as they stand.
    --clear      Take all outputs out.
    --pages DIR  Write each notebook as a page, with what GitHub leaves of its outputs.
"""

import argparse
import base64
import hashlib
import re
import sys
import tempfile
from pathlib import Path

import bleach
import nbformat
from nbconvert.exporters import HTMLExporter
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser.chromium import launch  # noqa: E402
from browser.lab import Lab  # noqa: E402
from browser.repository import open_in  # noqa: E402
from notebook_files import FOLDER  # noqa: E402
from screenshots import in_few_colours  # noqa: E402

VIEW = "application/vnd.jupyter.widget-view+json"
# Where a notebook keeps which cells were run, as they stood.
KEPT = "executed"
# Of the page: so wide that an output is about as wide as GitHub shows one.
VIEWPORT, SCALE = {"width": 1060, "height": 1200}, 2
# Models of a notebook may be computed for minutes until all rows of a widget are there.
PATIENCE = 600_000
OUTPUTS = """(index) => {
    const cell = jupyterapp.shell.currentWidget.content.widgets[index];
    return cell.model.outputs.toJSON();
}"""
# The widgets of a cell, by the index of the output that shows each.
SHOWN = """(index) => jupyterapp.shell.currentWidget.content.widgets[index].outputArea.widgets
    .map((output, n) => (output.node.querySelector(".rnnviz-explorer") ? n : null))
    .filter((n) => n !== null)"""
# What GitHub leaves of HTML, as far as outputs have any: the allow list of html-pipeline, a library
# of GitHub's own.
_TAGS = """a b blockquote br caption code dd del details div dl dt em figcaption figure
    h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp span strike strong sub summary sup
    table tbody td tfoot th thead tr tt ul var"""
TAGS = re.findall(r"\w+", _TAGS)
KEPT_OF_ALL = ["align", "alt", "border", "colspan", "height", "rowspan", "title", "width"]
ATTRIBUTES = {"*": KEPT_OF_ALL, "a": ["href"], "img": ["src"]}
SHOWN_BY_GITHUB = {"image/jpeg", "image/png", "text/html", "text/markdown", "text/plain"}
LEFT_OUT = re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)


def sources_by_cell(notebook):
    """For each code cell, a digest of it and of all code before it, on which its outputs rest."""
    digest, found = hashlib.sha256(), {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            digest.update(cell.source.encode() + b"\0")
            found[cell.id] = digest.hexdigest()[:16]
    return found


def faults(notebook):
    """What is wrong with a notebook's outputs: code cells that were not run as they stand."""
    kept, expected = notebook.metadata.get(KEPT, {}), sources_by_cell(notebook)
    return [
        *(f"cell {n} was not run as it stands" for n in expected if kept.get(n) != expected[n]),
        *(f"cell {n} was run, and is gone" for n in kept if n not in expected),
    ]


def cleared(notebook):
    """The notebook without anything that came of running it."""
    bare = nbformat.from_dict(notebook)
    bare.metadata.pop(KEPT, None)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return bare


def executed(lab, page, notebook, name):
    """Run a notebook in JupyterLab, cell by cell; the notebook with outputs that need no script.

    Raises:
        AssertionError: If a cell fails.
    """
    done = cleared(notebook)
    opened = open_in(lab, page, done, name)
    run = 0
    for index, cell in enumerate(done.cells):
        if cell.cell_type == "code":
            run += 1
            opened.run(index)
            pictures = photographs(opened, index)
            outputs = [
                with_picture(output, pictures[n]) if n in pictures else nbformat.from_dict(output)
                for n, output in enumerate(page.evaluate(OUTPUTS, index))
                if n in pictures or not is_progress(output)
            ]
            cell.execution_count, cell.outputs = run, [numbered(output, run) for output in outputs]
    done.metadata[KEPT] = sources_by_cell(done)
    nbformat.validate(done)
    return done


def is_progress(output):
    """Whether an output is a bar that told how far something was: of no use once it is done."""
    return output.get("name") == "stderr" or VIEW in output.get("data", {})


def numbered(output, run):
    """An output of the cell that ran as this one; whether a page trusted it is not kept."""
    if output.output_type == "execute_result":
        output.execution_count = run
    output.get("metadata", {}).pop("trusted", None)
    return output


def photographs(opened, index):
    """For each output of a cell that shows a widget, its picture with all rows, and its size."""
    found = {}
    for nth, output in enumerate(opened.page.evaluate(SHOWN, index)):
        picture = opened.picture(cell=index, nth=nth)
        opened.reveal(picture)
        picture.await_filled(PATIENCE)
        opened.page.mouse.move(0, 0)
        png = picture.root.screenshot(animations="disabled")
        found[output] = in_few_colours(png), picture.root.bounding_box()
    return found


def with_picture(output, photograph):
    """The output of a widget, with its picture and words alone."""
    png, box = photograph
    words = output["data"]["text/plain"]
    words = words if isinstance(words, str) else "".join(words)
    size = {"width": round(box["width"]), "height": round(box["height"]), "alt": words}
    data = {"image/png": base64.b64encode(png).decode(), "text/plain": words}
    return nbformat.v4.new_output("display_data", data, metadata={"image/png": size})


def as_page(notebook):
    """The notebook as a page, with what GitHub leaves of it."""
    left = nbformat.from_dict(notebook)
    for cell in left.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for kind in data.keys() - SHOWN_BY_GITHUB:
                del data[kind]
            if "text/html" in data:
                bare = LEFT_OUT.sub("", data["text/html"])
                data["text/html"] = bleach.clean(bare, TAGS, ATTRIBUTES, strip=True)
    return HTMLExporter(template_name="classic").from_notebook_node(left)[0]


def run_all(paths):
    """Run notebooks in a JupyterLab, and write them with their outputs."""
    with (
        tempfile.TemporaryDirectory() as home,
        Lab(Path(home)) as lab,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        for path in paths:
            page = browser.new_page(viewport=VIEWPORT, device_scale_factor=SCALE)
            page.set_default_timeout(PATIENCE)
            nbformat.write(executed(lab, page, nbformat.read(path, 4), path.stem), path)
            page.close()
            sys.stdout.write(f"{path.name}: {path.stat().st_size / 1e3:,.0f} KB\n")
        browser.close()


def main(arguments=None, folder=FOLDER):
    """Run the command; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all notebooks")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="fail unless cells were run as they are")
    what.add_argument("--clear", action="store_true", help="take all outputs out")
    what.add_argument("--pages", type=Path, metavar="DIR", help="write each as GitHub shows it")
    asked = parser.parse_args(arguments)
    known = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    if unknown := [name for name in asked.names if name not in known]:
        parser.error(f"no notebook {', '.join(unknown)}; there are {', '.join(known)}")
    paths = [known[name] for name in asked.names or known]
    if not (asked.check or asked.clear or asked.pages):
        run_all(paths)
        return 0
    found = []
    for path in paths:
        notebook = nbformat.read(path, 4)
        if asked.check:
            found += [f"{path.name}: {fault}" for fault in faults(notebook)]
        elif asked.clear:
            nbformat.write(cleared(notebook), path)
        else:
            asked.pages.mkdir(parents=True, exist_ok=True)
            page = asked.pages / f"{path.stem}.html"
            page.write_text(as_page(notebook), encoding="utf-8")
    sys.stderr.writelines(f"{fault}\n" for fault in found)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
