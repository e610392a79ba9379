"""Tries saved notebooks in hosts that the tests have not: `python tools/other_hosts.py FOLDER`.

FOLDER holds the hosts, made beforehand, outside of the repository:

    docs/       a venv: pip install myst-nb nbsphinx pypandoc_binary jupyterlite-core
                jupyterlite-pyodide-kernel jupyter-server libarchive-c
    nbviewer/   a venv with the packages of nbviewer's requirements.txt; nbvsrc/ is its source
    npm/        npm install @jupyter-widgets/html-manager @vscode/jupyter-ipywidgets8
    colab/      googlecolab/colab-cdn-widget-manager, built by npm ci

Each host gets one notebook saved with widget state, without, and frozen. What a reader sees is held
against the kernel's numbers, printed, and photographed into FOLDER/pictures.
"""

import copy
import functools
import http.server
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import nbformat
from host_pictures import SHOW
from nbclient import NotebookClient
from playwright.sync_api import Error, sync_playwright

ROOT = Path(__file__).parents[1]
from browser import hosts  # noqa: E402
from browser.checks import check_colours  # noqa: E402
from browser.chromium import launch  # noqa: E402
from browser.kernel_numbers import KERNEL_NUMBERS, check_kernel_numbers  # noqa: E402
from browser.picture import Picture  # noqa: E402
from browser.server import Server, environment  # noqa: E402
from browser.standing import Standing  # noqa: E402

SAVED = ("live", "stateless", "frozen")
AT, HOVERED = 43, 20
NUMBERS = f"""{KERNEL_NUMBERS}
import json
with open("numbers.json", "w") as file:
    json.dump([kernel_numbers(w, s) for s in ({AT}, {HOVERED})], file)"""
STATE = "application/vnd.jupyter.widget-state+json"
VIEW = "application/vnd.jupyter.widget-view+json"
CDN = r"https://(?:unpkg\.com|cdn\.jsdelivr\.net/npm)"
SECONDS = 20_000
CONF = {
    "myst-nb": 'extensions = ["myst_nb"]\nnb_execution_mode = "off"\n',
    "nbsphinx": 'extensions = ["nbsphinx"]\nnbsphinx_execute = "never"\n',
}
INDEX = "Index\n=====\n\n.. toctree::\n\n" + "".join(f"   {name}\n" for name in SAVED)
# What a page of each widget manager does with the state that a notebook keeps.
VS_CODE = """<script src="{REQUIRE}"></script><div id="here"></div><script type="module">
import {{ activate }} from "/made-npm/node_modules/@vscode/jupyter-ipywidgets8/dist/ipywidgets.js";
activate(); window.vscIPyWidgets8.load();
require.config({{ paths: {{ anywidget: "/anywidget/index" }} }});
const signal = {{ connect() {{}}, disconnect() {{}} }};
const kernel = new Proxy({{ status: "idle", registerCommTarget() {{}} }}, {{
    get: (known, name) =>
        known[name] ?? (/Changed|Message|disposed|pending/.test(name) ? signal : undefined),
}});
const scripts = {{ widgetsRegisteredInRequireJs: new Set(["anywidget"]),
    successHandler() {{}}, errorHandler() {{}}, loadWidgetScript() {{}} }};
const widgets = {{ "{STATE}": {state} }};
const notebook = {{ getMetadata: () => widgets, metadata: {{ get: () => widgets }} }};
const node = document.getElementById("here");
const manager = new window.vscIPyWidgets.WidgetManager(kernel, node, scripts, () => {{}}, widgets);
await manager.restoreWidgets(notebook, {{ loadNotebook: true, loadKernel: false }});
const model = await manager.get_model({view}.model_id);
await manager.display_view(undefined, await manager.create_view(model), {{ node }});
</script>"""
COLAB = """<div id="here"></div><script type="module">
import {{ createWidgetManager }} from "/made-colab/dist/manager.min.js";
const saved = {state}.state;
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
const manager = createWidgetManager({{
    getModelState: async (id) => {{
        const {{ model_name, model_module, model_module_version, state, buffers = [] }} = saved[id];
        for (const {{ path, data }} of buffers) {{
            const last = path.at(-1);
            path.slice(0, -1).reduce((at, key) => at[key], state)[last] = new DataView(bytes(data));
        }}
        return {{ modelName: model_name, modelModule: model_module,
            modelModuleVersion: model_module_version, state }};
    }},
    openCommChannel: async () => {{ throw new Error("no kernel"); }},
    renderOutput: async () => undefined,
}});
await manager.render({view}.model_id, document.getElementById("here"));
</script>"""


class Nbviewer(Server):
    """A running nbviewer that reads a folder."""

    def __init__(self, home, folder, made):
        super().__init__(home)
        self._folder, self._made = folder, made
        self.python = str(made / "nbviewer" / "bin" / "python")

    def command(self):
        """The arguments of Python."""
        start = f"import sys; sys.path.insert(0, {str(self._made / 'nbvsrc')!r}); "
        start += "from nbviewer.app import main; main()"
        return ["-c", start, f"--port={self.port}", f"--localfiles={self._folder}", "--no-cache"]


def notebooks(folder):
    """Write the three notebooks and the numbers."""
    cells = [nbformat.v4.new_markdown_cell("# A notebook with a widget")]
    cells += map(nbformat.v4.new_code_cell, (SHOW, "w.bake()"))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    with client.setup_kernel(env=os.environ | {"PYTHONPATH": str(ROOT)}):
        for i, cell in enumerate(cells):
            client.execute_cell(cell, i)
        client.set_widgets_metadata()
        live = copy.deepcopy(notebook)
        for source in (NUMBERS, "w.freeze()"):
            notebook.cells.append(nbformat.v4.new_code_cell(source))
            client.execute_cell(notebook.cells[-1], len(notebook.cells) - 1)
    stateless = copy.deepcopy(live)
    stateless.metadata.pop("widgets")
    for name, each in zip(SAVED, (live, stateless, notebook), strict=True):
        each.cells = each.cells[:2]
        nbformat.write(each, folder / f"{name}.ipynb")


def sphinx(name, made, home, folder):
    """The pages that a Sphinx extension makes of the notebooks."""
    source = home / name
    source.mkdir()
    (source / "conf.py").write_text(CONF[name])
    (source / "index.rst").write_text(INDEX)
    for saved in SAVED:
        (source / f"{saved}.ipynb").write_text((folder / f"{saved}.ipynb").read_text())
    binaries = made / "docs" / "bin"
    [pandoc] = (made / "docs").glob("lib/*/site-packages/pypandoc/files")
    places = os.environ | {"PATH": f"{pandoc}:{binaries}:{os.environ['PATH']}"}
    command = [str(binaries / "sphinx-build"), "-q", str(source), str(source / "out")]
    subprocess.run(command, env=places, check=True, capture_output=True)  # noqa: S603 - our own
    for page in (source / "out").glob("*.html"):
        # The require.js that is here has the version of another hash.
        page.write_text(re.sub(r'integrity="[^"]*"', "", page.read_text()))
    return {saved: f"out/{saved}.html" for saved in SAVED}


def jupyterlite(made, home, folder):
    """A site of JupyterLite with the notebooks."""
    binaries = made / "docs" / "bin"
    places = environment(home / "lite-home") | {"PATH": f"{binaries}:{os.environ['PATH']}"}
    command = [str(binaries / "jupyter"), "lite", "build", "--contents", str(folder)]
    command += ["--output-dir", "out"]
    where = home / "jupyterlite"
    where.mkdir()
    subprocess.run(command, cwd=where, env=places, check=True, capture_output=True)  # noqa: S603
    return {saved: f"out/notebooks/index.html?path={saved}.ipynb" for saved in SAVED}


def manager_page(template, home, folder, name):
    """A page in which a widget manager shows the state that the notebook keeps."""
    live = nbformat.read(folder / "live.ipynb", 4)
    words = {
        "state": json.dumps(live.metadata.widgets[STATE]).replace("</", r"<\/"),
        "view": json.dumps(live.cells[1].outputs[0].data[VIEW]),
        "REQUIRE": "https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js",
    }
    page = template.format(**words, STATE=STATE, VIEW=VIEW)
    (home / name).mkdir()
    (home / name / "live.html").write_text(f"<!doctype html><meta charset=utf-8>{page}")
    return {"live": "live.html"}


def seen(page, numbers):
    """What a reader sees on a page: one word or two."""
    widget = page.locator(".rnnviz-explorer")
    try:
        widget.first.wait_for(timeout=SECONDS)
    except Error:
        outputs = [frame.locator("div[style*='background-color']:has(b)") for frame in page.frames]
        found = next((one.first for one in outputs if one.count()), None)
        if found is None:
            return "words alone" if page.get_by_text("largest share").count() else "no picture"
        for name, one in numbers[0].items():
            check_colours(Standing(found), name, one["row"], AT)
        return "static picture"
    picture = Picture(widget.first)
    picture.root.scroll_into_view_if_needed()
    picture.await_shown(AT)
    check_kernel_numbers(picture, numbers[0], AT)
    picture.hover("GRU", HOVERED)
    check_kernel_numbers(picture, numbers[1], HOVERED)
    return "answers"


def route(made, page):
    """Answer what hosts fetch of packages that are here; the rest has no network."""
    places = {
        rf"^{CDN}/@jupyter-widgets/html-manager@[^/]+/dist/(.+)$": (
            made / "npm/node_modules/@jupyter-widgets/html-manager/dist"
        ),
        rf"^{CDN}/anywidget@[^/]+/dist/(index)(?:\.js)?$": hosts.LOCAL[hosts.ANYWIDGET],
        r"/anywidget/(index)(?:\.js)?$": hosts.LOCAL[hosts.ANYWIDGET],
        r"^https://[^?]*/require(?:\.js/[\d.]+/|\.)(?:require\.)?(min\.js)": None,
    }

    def answer(pattern, folder, request):
        if folder is None:
            path = hosts.LOCAL[hosts.REQUIRE] / "require.min.js"
        else:
            name = re.search(pattern, request.request.url)[1]
            path = folder / (name if Path(name).suffix else f"{name}.js")
        request.fulfill(path=path, headers={"Access-Control-Allow-Origin": "*"})

    for pattern, folder in places.items():
        page.route(re.compile(pattern), functools.partial(answer, pattern, folder))


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing."""

    def log_message(self, *_):
        """Nothing."""


def try_host(browser, made, numbers, name, addresses):
    """Print what a reader sees of each notebook in one host."""
    for saved, address in addresses.items():
        page = browser.new_page(viewport={"width": 960, "height": 800})
        errors = []
        page.on("pageerror", lambda error, into=errors: into.append(str(error).splitlines()[0]))
        route(made, page)
        try:
            page.goto(address)
            said = seen(page, numbers)
        except (AssertionError, Error) as error:
            said = f"not as the kernel computed it: {str(error).splitlines()[0]}"
        page.screenshot(path=made / "pictures" / f"{name}-{saved}.png")
        page.close()
        sys.stdout.write(f"| {name} | {saved} | {said} | {'; '.join(errors)[:200]} |\n")
        sys.stdout.flush()


def addresses_of(made, home, folder, chosen):
    """Each host's name, and how the addresses of its pages are made."""
    managers = {"vs-code": VS_CODE, "colab": COLAB}
    makers = {
        "myst-nb": lambda: sphinx("myst-nb", made, home, folder),
        "nbsphinx": lambda: sphinx("nbsphinx", made, home, folder),
        "jupyterlite": lambda: jupyterlite(made, home, folder),
    }
    for name, template in managers.items():
        makers[name] = functools.partial(manager_page, template, home, folder, name)
    for name, make in makers.items():
        if chosen and name not in chosen:
            continue
        try:
            pages = make()
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            sys.stdout.write(f"| {name} | not made: {error} |\n")
            continue
        yield name, {saved: f"{name}/{path}" for saved, path in pages.items()}


def main():
    """See above."""
    made = Path(sys.argv[1]).resolve()
    chosen = sys.argv[2:]
    (made / "pictures").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        home = Path(temporary)
        folder = home / "notebooks"
        folder.mkdir()
        notebooks(folder)
        numbers = json.loads((folder / "numbers.json").read_text())
        (folder / "numbers.json").unlink()
        for name in ("npm", "colab"):
            (home / f"made-{name}").symlink_to(made / name)
        handler = functools.partial(Quiet, directory=str(home))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = launch(playwright)
        trial = functools.partial(try_host, browser, made, numbers)
        base = f"http://127.0.0.1:{server.server_port}"
        for name, pages in addresses_of(made, home, folder, chosen):
            trial(name, {saved: f"{base}/{path}" for saved, path in pages.items()})
        if (made / "nbvsrc").exists() and (not chosen or "nbviewer" in chosen):
            with Nbviewer(home / "nbviewer", folder, made) as running:
                at = f"{running.base}/localfile"
                trial("nbviewer", {saved: f"{at}/{saved}.ipynb" for saved in SAVED})
        browser.close()


if __name__ == "__main__":
    main()
