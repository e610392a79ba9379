"""A JupyterLab of its own: a free loopback port, nothing of the user's settings, no news."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

QUIET = {
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension/plugin": {"autosave": False},
}
STARTING = 120


class Lab:
    """A running JupyterLab; `root` is the folder it serves."""

    def __init__(self, home):
        self.root = home / "root"
        self.token = secrets.token_hex(16)
        self.port = _free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._log = home / "lab.log"
        self._process = None
        self._home = home

    def __enter__(self):
        settings = self._home / "settings"
        for name, values in QUIET.items():
            path = settings / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))
        self.root.mkdir(parents=True)
        command = [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.root}",
            "--expose-app-in-browser",
            "--LabApp.extension_manager=readonly",
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.root,
                env=_environment(self._home),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._await_start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            for kernel in json.loads(self.request("GET", "/api/kernels")):
                self.request("DELETE", f"/api/kernels/{kernel['id']}")
        except OSError:
            pass  # It is gone already.
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def request(self, method, path):
        """Call the server's own API; returns the body."""
        request = urllib.request.Request(
            self.base + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def address(self, notebook):
        """Where a notebook opens alone, without the rest of JupyterLab around it."""
        return f"{self.base}/doc/tree/{notebook}?token={self.token}&reset"

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

    def _await_start(self):
        end = time.monotonic() + STARTING
        while time.monotonic() < end and self._process.poll() is None:
            try:
                self.request("GET", "/api/status")
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"JupyterLab did not start:\n{self._log.read_text()[-3000:]}")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _environment(home):
    foreign = ("JUPYTER", "JPY_", "IPYTHON")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    folders = {
        "HOME": "home",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    for folder in folders.values():
        Path(home, folder).mkdir(parents=True, exist_ok=True)
    return kept | {name: str(home / folder) for name, folder in folders.items()}
