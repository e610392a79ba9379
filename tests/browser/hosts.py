"""Programs other than JupyterLab that show a widget, and what their pages ask of other machines."""

import functools
import mimetypes
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import marimo
from browser.lab import Jupyter
from browser.server import Server, environment

SHARE = Path(sysconfig.get_path("data"), "share", "jupyter")
# What is on this machine of what hosts fetch elsewhere; the group names the file.
LOCAL = {
    r"^https://cdn\.jsdelivr\.net/npm/@marimo-team/frontend@[\d.]+/dist/([^?]+)$": (
        Path(marimo.__file__).parent / "_static"
    ),
    r"^https://unpkg\.com/anywidget@[^/]+/dist/(index)$": SHARE / "nbextensions/anywidget",
    r"^https://cdnjs\.cloudflare\.com/ajax/libs/require\.js/[\d.]+/(require\.min\.js)$": (
        SHARE / "voila/templates/base/static"
    ),
}
FRONTEND, ANYWIDGET, REQUIRE = LOCAL


class Host:
    """What a host's pages ask for by themselves and say in the console, whatever they show."""

    asks = ()
    says = ()

    @classmethod
    def meet(cls, page, guard):
        """Expect just that of a page; answer what this machine has files of, refuse the rest."""
        for pattern in cls.says:
            guard.allow(pattern)
        guard.host_asks(*cls.asks)
        for pattern in cls.asks:
            if pattern in LOCAL:
                page.route(re.compile(pattern), functools.partial(_answer, pattern))


class NotebookPage(Host):
    """Jupyter Notebook 7."""

    says = (
        r"^console warning: (Menu entry for command|\[yjs#509\])",
        r"^uncaught: Cannot read properties of undefined \(reading 'schema'\)",
    )


class VoilaPage(Host):
    """Voila, whose parts are of another JupyterLab's version than the one beside it."""

    asks = (
        r"^https://cdn\.jsdelivr\.net/npm/@fortawesome/fontawesome-free@[^/]+/css/all\.min\.css$",
        r"^https://cdn\.jsdelivr\.net/npm/@fortawesome/fontawesome-free@[^/]+/css/v4-shims",
        r"^https://cdnjs\.cloudflare\.com/ajax/libs/mathjax/",
    )
    says = (r"^console warning: (Unsatisfied|No satisfying) version",)


class MarimoPage(Host):
    """A page that a running marimo serves."""

    says = (r"^console warning: The resource .* was preloaded using link preload but not used",)


class MarimoExport(MarimoPage):
    """A page that marimo wrote."""

    asks = (FRONTEND,)


class PanelPage(Host):
    """A page that a running Panel serves."""

    asks = (
        ANYWIDGET,
        r"^https://cdnjs\.cloudflare\.com/ajax/libs/font-awesome/",
        r"^https://cdn\.holoviz\.org/panel/[^/]+/dist/bundled/font-awesome/",
    )
    says = (r"^console warning: strict mode: use allowUnionTypes",)


class ConvertedPage(Host):
    """A page that nbconvert wrote, of a notebook that keeps the state of some widget."""

    asks = (
        REQUIRE,
        r"^https://cdnjs\.cloudflare\.com/ajax/libs/mathjax/",
        r"^https://unpkg\.com/@jupyter-widgets/html-manager@[^/]+/dist/embed-amd\.js$",
    )


class NotebookServer(Jupyter):
    """A running Jupyter Notebook 7, with Voila beside it."""

    program = "notebook"
    server_extensions = ("notebook", "voila.server_extension")

    def address(self, notebook):
        return f"{self.base}/notebooks/{notebook}?token={self.token}"

    def voila(self, notebook):
        """Where Voila runs a notebook and shows its outputs."""
        return f"{self.base}/voila/render/{notebook}?token={self.token}"


class Marimo(Server):
    """A running `marimo run`, of one app."""

    ready = "/health"

    def __init__(self, home, source):
        super().__init__(home)
        self.app = write_app(self.root, source)

    def command(self):
        place = ["--host", "127.0.0.1", "--port", str(self.port)]
        return ["-m", "marimo", "run", str(self.app), "--headless", "--no-token", *place]


class Panel(Marimo):
    """A running `panel serve`, of one app."""

    ready = "/liveness"

    def command(self):
        place = ["--address", "127.0.0.1", "--port", str(self.port)]
        return ["-m", "panel", "serve", str(self.app), "--liveness", *place]


def marimo_export(home, source):
    """Where `marimo export html` wrote an app's page."""
    app = write_app(home / "root", source)
    page = app.with_suffix(".html")
    command = [sys.executable, "-m", "marimo", "export", "html", str(app), "-o", str(page)]
    subprocess.run(
        command, cwd=app.parent, env=environment(home), check=True, capture_output=True, timeout=120
    )
    return page


def write_app(folder, source):
    folder.mkdir(parents=True)
    (folder / "toys.py").write_text(toys_source())
    app = folder / "app.py"
    app.write_text(source)
    return app


def toys_source():
    return Path(__file__).with_name("toys.py").read_text()


def _answer(pattern, route):
    path = LOCAL[pattern] / re.search(pattern, route.request.url).group(1)
    if not path.suffix:
        path = path.with_suffix(".js")
    kind = mimetypes.guess_type(path.name)[0] or "text/plain"
    route.fulfill(path=path, content_type=kind, headers={"Access-Control-Allow-Origin": "*"})
