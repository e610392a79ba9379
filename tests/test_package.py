"""What people install: the source distribution and the wheel, the page code in them."""

import email
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import conda_recipe
import links
import pytest
import yaml
from packaging.requirements import Requirement

from rnnviz_widget.share.modules import MODULES, module_code

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "rnnviz_widget" / "static"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def tracked(*paths):
    return set(subprocess.check_output(["git", "ls-files", *paths], cwd=ROOT, text=True).split())


def build(target, source, out):
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The source distribution."""
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def source(archive, tmp_path_factory):
    """The source distribution, unpacked."""
    folder = tmp_path_factory.mktemp("source")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    (unpacked,) = folder.iterdir()
    return unpacked


@pytest.fixture(scope="module")
def wheel(source, tmp_path_factory):
    """Built as an index's installer would: from the source distribution."""
    return build("wheel", source, tmp_path_factory.mktemp("wheel"))


def test_the_source_distribution_holds_everything(source):
    files = {str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()}
    assert tracked() <= files
    assert {"js/package-lock.json", "tests/test_package.py", "tools/card.py"} <= files
    folders = {part for name in files for part in Path(name).parts[:-1]}
    assert not folders & {"node_modules", ".venv", ".git", "dist", "__pycache__"}


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert tracked("rnnviz_widget") <= names
    assert {name.split("/")[0] for name in names} == {"rnnviz_widget"}
    assert not [name for name in names if name.endswith((".pyc", ".ts", ".part"))]


def test_the_readme_of_the_wheel_links_into_the_repository(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(archive.read(name))
    page = tmp_path / "readme.md"
    page.write_text(metadata.get_payload(decode=True).decode(), encoding="utf-8")
    built, written = list(links.links(page)), list(links.links(ROOT / "README.md"))
    tag = f"v{PROJECT['version']}"
    for absolute, relative in zip(built, written, strict=True):
        if relative.startswith("https:"):
            assert absolute == relative
        else:
            kind = "raw" if relative.endswith((".png", ".svg")) else "blob"
            assert absolute == f"{PROJECT['urls']['Source']}/{kind}/{tag}/{relative}"


def test_an_index_takes_what_is_built(archive, wheel):
    command = [sys.executable, "-m", "twine", "check", "--strict", str(archive), str(wheel)]
    checked = subprocess.run(command, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_the_recipe_for_conda_says_what_the_package_needs(archive, source):
    recipe = yaml.safe_load(conda_recipe.recipe(archive))
    needed = recipe["requirements"]["run"]
    python, *others = needed
    assert python == "python >=${{ python_min }}"
    assert f">={recipe['context']['python_min']}" == PROJECT["requires-python"]
    pip = [Requirement(each.replace("pytorch", "torch")) for each in others]
    assert pip == [Requirement(each) for each in PROJECT["dependencies"]]
    assert recipe["requirements"]["host"][2:] == ["hatchling >=1.27"]
    assert recipe["context"]["version"] == PROJECT["version"]
    assert recipe["about"]["summary"] == PROJECT["description"]
    assert (source / recipe["about"]["license_file"]).is_file()
    assert recipe["source"]["sha256"] == hashlib.sha256(archive.read_bytes()).hexdigest()
    address = recipe["source"]["url"].replace("${{ version }}", PROJECT["version"])
    tag = f"v{PROJECT['version']}"
    assert address == f"{PROJECT['urls']['Source']}/releases/download/{tag}/{archive.name}"


def test_another_archive_has_no_recipe(tmp_path):
    other = tmp_path / "other-1.0.tar.gz"
    with tarfile.open(other, "w:gz") as opened:
        opened.add(ROOT / "LICENSE", "other-1.0/LICENSE")
    with pytest.raises(ValueError, match=r"other-1\.0\.tar\.gz is no source distribution"):
        conda_recipe.recipe(other)


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


def test_a_new_users_first_steps_work_with_the_wheel_alone(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    steps = [sys.executable, ROOT / "tools" / "first_steps.py", tmp_path]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    ran = subprocess.run(
        steps, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert {"saved.html", "rows.html"} <= {path.name for path in tmp_path.iterdir()}


def test_the_page_code_is_what_its_source_builds(source, tmp_path):
    node = shutil.which("node")
    assert node, "the page code is rebuilt with Node: install Node 20 or newer"
    (source / "js" / "node_modules").symlink_to(ROOT / "js" / "node_modules")
    subprocess.run([node, "build.mjs", str(tmp_path)], cwd=source / "js", check=True)
    for built in tmp_path.iterdir():
        shipped = (STATIC / built.name).read_bytes()
        message = f"{built.name} is not what js/ builds: run make js and commit it"
        assert built.read_bytes() == shipped, message
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in STATIC.iterdir()}


def test_the_page_code_fetches_nothing():
    script = (STATIC / "widget.js").read_text(encoding="utf-8")
    style = (STATIC / "widget.css").read_text(encoding="utf-8")
    modules = {name: module_code(name) for name in MODULES}
    text = "".join((script, style, *modules.values()))
    # Modules are imported from blobs made of a trait.
    assert text.count("import(") == script.count("import(") == 1
    for word in ("fetch(", "XMLHttpRequest", "WebSocket", "@import", "url("):
        assert word not in text
    addresses = {line for line in text.split('"') if line.startswith("http")}
    assert all("w3.org" in address for address in addresses)


def test_lock_files_record_no_addresses():
    lock = (ROOT / "js" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock


def test_the_repository_is_named_once():
    """Other addresses of it begin as the project's Source does; versions agree."""
    source, version = PROJECT["urls"]["Source"], PROJECT["version"]
    owner = source.rpartition("/")[0]
    pages = ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY")
    for name in ("pyproject.toml", "CITATION.cff", *(f"{page}.md" for page in pages)):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert text.count(owner) == text.count(source), name
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {version}\n" in citation
    assert f"\nrepository-code: {source}\n" in citation
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[(\d.*?)\]", changelog, re.MULTILINE)[0] == version


def test_badges_say_what_there_is():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    badges = re.findall(r"^\[!\[(.*?)\]\((.*?)\)\]\((.*?)\)$", text, re.MULTILINE)
    label = "Programming Language :: Python :: 3."
    minor = [c.removeprefix(label) for c in PROJECT["classifiers"] if c.startswith(label)]
    python = f"3.{minor[0]} to 3.{minor[-1]}"
    workflow = f"{PROJECT['urls']['Source']}/actions/workflows/tests.yml"
    shields = "https://img.shields.io/badge"
    assert badges == [
        ("tests", f"{workflow}/badge.svg", workflow),
        (f"Python {python}", f"{shields}/Python-{python.replace(' ', '_')}-blue", "pyproject.toml"),
        (
            f"licence: {PROJECT['license']}",
            f"{shields}/licence-{PROJECT['license']}-blue",
            "LICENSE",
        ),
    ]
    assert (ROOT / ".github" / "workflows" / "tests.yml").is_file()
    assert f"on Python {python}" in text


def test_the_readme_names_every_extra():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    install = text.partition("## Install\n")[2].partition("\n## ")[0]
    for extra in PROJECT["optional-dependencies"]:
        assert f"`{extra}`" in install or f"[{extra}]" in install, extra


def test_the_extra_all_has_all_extras_but_the_largest():
    extras = set(PROJECT["optional-dependencies"]) - {"all", "umap"}
    assert PROJECT["optional-dependencies"]["all"] == [f"rnnviz-widget[{','.join(sorted(extras))}]"]
