"""What people install: the wheel, the page code in it, the notebooks, the demo."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "rnnviz_widget" / "static"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_everything_and_nothing_else(wheel):
    tracked = subprocess.run(
        ["git", "ls-files", "rnnviz_widget"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert set(tracked) <= names
    for needed in (
        "static/widget.js",
        "static/widget.css",
        "static/palettes.json",
        "picture/wording.json",
        "py.typed",
    ):
        assert f"rnnviz_widget/{needed}" in names
    for model in ("gru", "lstm", "nested-lstm", "rnn"):
        weights = f"rnnviz_widget/models/weights/{model}"
        assert {f"{weights}.{end}" for end in ("safetensors", "json", "md")} <= names
    assert not [name for name in names if name.endswith((".pyc", ".ts", ".part"))]


def test_the_wheel_and_its_files_stay_small(wheel):
    assert wheel.stat().st_size < 30_000_000
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            assert info.file_size <= 8_000_000, info.filename


def test_the_wheel_works_from_elsewhere(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = (
        "import rnnviz_widget as rv\n"
        "assert rv.__file__.startswith(__import__('sys').argv[1]), rv.__file__\n"
        "for name in rv.pretrained_names():\n"
        "    c = rv.connectivity(rv.load_pretrained(name), 'the formal st')\n"
        "    assert c.scores[-1].all() and c.targets[0] == 'the'\n"
        "w = rv.explore({'a': rv.load_pretrained('gru')}, 'hello')\n"
        "assert len(w._esm) > 1000 and '.rnnviz' in w._css\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=tmp_path, check=True)


def test_the_page_code_is_what_its_source_builds(tmp_path):
    node = shutil.which("node")
    assert node, "the page code is rebuilt with Node: install Node 20 or newer"
    subprocess.run([node, "build.mjs", str(tmp_path)], cwd=ROOT / "js", check=True)
    for name in ("widget.js", "widget.css", "palettes.json"):
        built, shipped = (tmp_path / name).read_bytes(), (STATIC / name).read_bytes()
        assert built == shipped, f"{name} is not what js/ builds: run make js and commit it"


def test_the_page_code_is_small_and_fetches_nothing():
    script = (STATIC / "widget.js").read_text(encoding="utf-8")
    style = (STATIC / "widget.css").read_text(encoding="utf-8")
    assert len(script.encode()) <= 104_000
    assert len(style.encode()) <= 20_000
    for word in ("fetch(", "XMLHttpRequest", "WebSocket", "import(", "@import", "url("):
        assert word not in script + style
    addresses = {line for line in (script + style).split('"') if line.startswith("http")}
    assert all("w3.org" in address for address in addresses)


def test_lock_files_record_no_addresses():
    lock = (ROOT / "js" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
