"""A JupyterLab of its own, without news and without other programs' extensions."""

import contextlib
import json
import secrets

from browser.server import Server

QUIET = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}
# What other hosts that the tests use add to every JupyterLab beside them.
SERVER_EXTENSIONS = ("notebook", "panel.io.jupyter_server_extension", "voila.server_extension")
PAGE_EXTENSIONS = (
    "@jupyter-notebook/lab-extension",
    "@pyviz/jupyterlab_pyviz",
    "@voila-dashboards/jupyterlab-preview",
)


class Jupyter(Server):
    """A Jupyter server with a page of notebooks."""

    program = ""
    server_extensions = ()
    ready = "/api/status"

    def __init__(self, home):
        super().__init__(home)
        self.token = secrets.token_hex(16)

    def command(self):
        return [
            *("-m", self.program, "--no-browser", "--allow-root"),
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.root}",
            "--expose-app-in-browser",
            "--LabApp.extension_manager=readonly",
        ]

    def headers(self):
        return {"Authorization": f"token {self.token}"}

    def __enter__(self):
        for name, values in QUIET.items():
            self._settle(f"settings/{name}.jupyterlab-settings", values)
        served = {name: name in self.server_extensions for name in SERVER_EXTENSIONS}
        self._settle(
            "config/jupyter_server_config.json", {"ServerApp": {"jpserver_extensions": served}}
        )
        disabled = dict.fromkeys(PAGE_EXTENSIONS, True)
        self._settle("config/labconfig/page_config.json", {"disabledExtensions": disabled})
        return super().__enter__()

    def __exit__(self, *_):
        with contextlib.suppress(OSError):  # It is gone already.
            for kernel in json.loads(self.request("GET", "/api/kernels")):
                self.request("DELETE", f"/api/kernels/{kernel['id']}")
        super().__exit__()

    def end_kernel(self, notebook):
        """End the kernel of a notebook: whoever opens it next gets another."""
        for session in json.loads(self.request("GET", "/api/sessions")):
            if session["path"] == notebook:
                self.request("DELETE", f"/api/sessions/{session['id']}")

    def trust(self, notebook):
        """Sign a notebook as it is, as `jupyter trust` does; any of the same content is trusted."""
        self.request("POST", f"/api/contents/{notebook}/trust")

    def write(self, notebook, *sources):
        """Write a notebook of code cells into the folder served."""
        cells = [
            {
                "cell_type": "code",
                "id": f"cell-{i}",
                "source": source,
                "metadata": {},
                "outputs": [],
                "execution_count": None,
            }
            for i, source in enumerate(sources)
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        content = {
            "cells": cells,
            "metadata": {"kernelspec": kernel},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        (self.root / notebook).write_text(json.dumps(content))

    def _settle(self, path, values):
        path = self.home / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


class Lab(Jupyter):
    """A running JupyterLab."""

    program = "jupyterlab"

    def address(self, notebook):
        """Where a notebook opens alone, without the rest of JupyterLab around it."""
        return f"{self.base}/doc/tree/{notebook}?token={self.token}&reset"
