"""`make demo` opens JupyterLab and asks nothing."""

import json
import os
import secrets
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from browser.server import Server

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
NOTIFICATION = "@jupyterlab/apputils-extension:notification"


class Demo(Server):
    """The server that `make demo` starts, for a user who has set nothing."""

    ready = "/api/status"

    def __init__(self, home):
        super().__init__(home)
        self.token = secrets.token_hex(16)

    def headers(self):
        return {"Authorization": f"token {self.token}"}

    def command(self):
        options = [
            "--no-browser",
            f"--ServerApp.port={self.port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={self.token}",
            "--expose-app-in-browser",
        ]
        # A make that runs the tests tells this one of itself, and has it say where it is.
        ours = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        make = ["make", "--no-print-directory", "-n", "demo"]
        make += [f"VENV={sys.prefix}", f"ARGS={shlex.join(options)}"]
        run = subprocess.run(make, cwd=ROOT, env=ours, check=True, capture_output=True, text=True)
        said = run.stdout
        lab = said.splitlines()[-1]
        start = f"cd {shlex.quote(str(ROOT))} && exec env {lab}"
        return ["-c", f"import os; os.execvp('sh', ['sh', '-c', {start!r}])"]


@pytest.fixture
def demo(tmp_path):
    with Demo(tmp_path) as demo:
        yield demo


def test_the_demo_does_not_ask_about_news(demo):
    said = json.loads(demo.request("GET", f"/lab/api/settings/{NOTIFICATION}"))
    assert said["schema"]["properties"]["fetchNews"]["default"] == "false"
    assert said["settings"] == {}
