"""`make demo` opens JupyterLab and asks nothing."""

import json
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
        make = ["make", "-n", "demo", f"VENV={sys.prefix}", f"ARGS={shlex.join(options)}"]
        said = subprocess.run(make, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        lab = said.splitlines()[-1]
        run = f"cd {shlex.quote(str(ROOT))} && exec env {lab}"
        return ["-c", f"import os; os.execvp('sh', ['sh', '-c', {run!r}])"]


@pytest.fixture
def demo(tmp_path):
    with Demo(tmp_path) as demo:
        yield demo


def test_the_demo_does_not_ask_about_news(demo):
    said = json.loads(demo.request("GET", f"/lab/api/settings/{NOTIFICATION}"))
    assert said["schema"]["properties"]["fetchNews"]["default"] == "false"
    assert said["settings"] == {}
