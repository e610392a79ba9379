"""A program that serves pages: on a free loopback port, with nothing of the user's settings."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

STARTING = 120
FOREIGN = ("JUPYTER", "JPY_", "IPYTHON", "BOKEH", "PANEL", "MARIMO")
FOLDERS = {
    "HOME": "home",
    "XDG_CONFIG_HOME": "xdg-config",
    "XDG_CACHE_HOME": "xdg-cache",
    "XDG_STATE_HOME": "xdg-state",
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "IPYTHONDIR": "ipython",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
}


class Server:
    """Runs while its `with` block does; `root` is the folder that it serves."""

    ready = "/"  # what answers once it has started
    python = sys.executable

    def __init__(self, home):
        self.root = home / "root"
        self.home = home
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._log = home / "server.log"
        self._process = None

    def command(self):
        """The arguments of Python."""
        raise NotImplementedError

    def __enter__(self):
        self.root.mkdir(parents=True, exist_ok=True)
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [self.python, *self.command()],
                cwd=self.root,
                env=environment(self.home),
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
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def request(self, method, path):
        """Call the server's own API; returns the body."""
        request = urllib.request.Request(self.base + path, method=method, headers=self.headers())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def headers(self):
        return {}

    def _await_start(self):
        end = time.monotonic() + STARTING
        while time.monotonic() < end and self._process.poll() is None:
            try:
                self.request("GET", self.ready)
            except OSError:
                time.sleep(0.1)
            else:
                return
        name = type(self).__name__
        raise RuntimeError(f"{name} did not start:\n{self._log.read_text()[-3000:]}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(home):
    """This process's variables, with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    for folder in FOLDERS.values():
        Path(home, folder).mkdir(parents=True, exist_ok=True)
    return kept | {name: str(home / folder) for name, folder in FOLDERS.items()}
