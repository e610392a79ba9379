"""Makes the pictures in docs/sharing.md: `python tools/host_pictures.py [FOLDER]`.

One notebook with one widget, executed, opened in each program that runs here, and photographed.
"""

import contextlib
import io
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert.exporters import HTMLExporter
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser import hosts  # noqa: E402
from browser.chromium import launch  # noqa: E402
from browser.lab import Lab  # noqa: E402
from browser.notebook import Notebook  # noqa: E402

from rnnviz_widget.share.__main__ import main as share  # noqa: E402

TEXT = " context the formal study of grammar is an important part of education"
SHOW = f"""import rnnviz_widget as rv

models = {{"GRU": rv.load_pretrained("gru"), "LSTM": rv.load_pretrained("lstm")}}
w = rv.explore(models, {TEXT!r}, position=43)
w"""
MARIMO = """import marimo

app = marimo.App()


@app.cell
def _():
{cell}
    return (w,)
"""
PANEL = """import panel as pn

pn.extension("ipywidgets")
{cell}
pn.Column("## A Panel app", w).servable()
"""
PICTURE = ".rnnviz-explorer"
PAINTED = ".rnnviz-explorer[data-filled=true]"
# How much of the host is shown above and below the widget.
MARGIN = 64


class Camera:
    """Photographs what a page shows, with some of the host around it."""

    def __init__(self, browser, folder):
        self._browser, self._folder = browser, folder

    @contextlib.contextmanager
    def page(self, address, *, width=960, wait=PAINTED, host=None):
        """A page at an address, once something is in it."""
        page = self._browser.new_page(viewport={"width": width, "height": 800})
        page.set_default_timeout(60_000)
        for pattern in host.asks if host else ():
            if pattern in hosts.LOCAL:
                host.meet(page, _Deaf())
                break
        page.goto(address)
        page.wait_for_selector(wait)
        yield page
        page.close()

    def take(self, name, page, selector=PICTURE):
        """Write NAME.png: the first element of a kind and its surroundings."""
        element = page.locator(selector).first
        element.scroll_into_view_if_needed()
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)  # Hosts fade things in; nothing tells when they are done.
        box, view = element.bounding_box(), page.viewport_size
        top = max(0, box["y"] - MARGIN)
        bottom = min(view["height"], box["y"] + box["height"] + MARGIN)
        clip = {"x": 0, "y": top, "width": view["width"], "height": bottom - top}
        picture = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
        picture.save(self._folder / f"{name}.png", optimize=True)


class _Deaf:
    """Takes the place of a guard: a picture is not a test."""

    def allow(self, *_):
        pass

    host_asks = allow


def executed(path, *sources):
    """A notebook of code cells, run and saved as `jupyter execute` does."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    NotebookClient(notebook, timeout=300).execute()
    nbformat.write(notebook, path)
    return path


def saved_pages(camera, home):
    """What needs no kernel: pages, and a notebook that nbconvert turned into one."""
    live = executed(home / "live.ipynb", SHOW, "w.bake()")
    frozen = executed(home / "frozen.ipynb", SHOW, "w.freeze()")
    executed(
        home / "pages.ipynb",
        SHOW,
        f"w.save_html({str(home / 'page.html')!r})\n"
        f"w.save_html({str(home / 'typed.html')!r}, live=True)",
    )
    share([str(live), "-o", str(home / "command.html")])
    (home / "converted.html").write_text(HTMLExporter().from_filename(frozen)[0])
    for name in ("command", "converted", "page"):
        with camera.page((home / f"{name}.html").as_uri()) as page:
            camera.take(name, page)
    with camera.page((home / "page.html").as_uri(), width=390) as page:
        camera.take("phone", page)
    with camera.page((home / "typed.html").as_uri()) as page:
        page.locator("textarea").fill("")
        page.locator("textarea").press_sequentially("parts of north af")
        page.wait_for_selector("[data-shown='16']")
        camera.take("typed", page, ".rnnviz-page")
    return live, frozen


def jupyterlab(camera, home, live, frozen):
    """A notebook re-opened, not run: trusted, not trusted, frozen."""
    with Lab(home / "lab") as lab:
        cases = [("trusted", live, True), ("untrusted", live, False), ("frozen", frozen, True)]
        for name, path, trusted in cases:
            notebook = nbformat.read(path, 4)
            notebook.metadata["name"] = name  # Trust is in the content: no two are the same.
            nbformat.write(notebook, lab.root / f"{name}.ipynb")
            if trusted:
                lab.trust(f"{name}.ipynb")
            shown = ".jp-RenderedHTMLCommon" if name == "untrusted" else PAINTED
            with camera.page("about:blank", wait="body") as page:
                Notebook(page, lab, f"{name}.ipynb")
                page.wait_for_selector(shown)
                camera.take(f"jupyterlab-{name}", page, shown)


def running(camera, home):
    """Programs that run a notebook or an app."""
    with hosts.NotebookServer(home / "notebook") as server:
        server.write("live.ipynb", SHOW)
        with camera.page("about:blank", wait="body") as page:
            Notebook(page, server, "live.ipynb").run_all()
            page.wait_for_selector(PAINTED)
            camera.take("notebook", page)
        with camera.page(server.voila("live.ipynb")) as page:
            camera.take("voila", page)
    app = MARIMO.format(cell="\n".join(f"    {line}" for line in SHOW.splitlines()))
    with (
        hosts.Marimo(home / "marimo", app) as server,
        camera.page(server.base, host=hosts.MarimoPage) as page,
    ):
        camera.take("marimo", page)
    app = PANEL.format(cell=SHOW.removesuffix("\nw"))
    with (
        hosts.Panel(home / "panel", app) as server,
        camera.page(f"{server.base}/app", host=hosts.PanelPage) as page,
    ):
        camera.take("panel", page)


def main():
    """Write the pictures into a folder (docs/images/sharing)."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images" / "sharing"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = launch(playwright)
        camera = Camera(browser, folder)
        live, frozen = saved_pages(camera, Path(home))
        jupyterlab(camera, Path(home), live, frozen)
        running(camera, Path(home))
        browser.close()


if __name__ == "__main__":
    main()
