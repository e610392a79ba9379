"""Imports point one way, and nothing below the widget needs Jupyter."""

import ast
import subprocess
import sys
from pathlib import Path

import rnnviz_widget

PACKAGE = Path(rnnviz_widget.__file__).parent

# Who may import whom, by room: the first part of a module's name under the package.
MAY = {
    "calls": set(),
    "engines": {"calls", "recurrences", "scene"},
    "models": {"calls", "engines", "files", "scene", "surrogates", "words"},
    "surrogates": set(),
    "scene": {"surrogates"},
    "memory": set(),
    "recurrences": set(),
    "words": set(),
    "files": set(),
    "picture": {"files", "scene", "surrogates", "words"},
    "reading": {"calls", "engines", "files", "models", "picture", "scene", "surrogates"},
    "evaluation": {"calls", "reading", "engines", "memory", "models", "scene", "words"},
    "explorer": {"reading", "engines", "evaluation", "inside", "models", "picture", "scene"},
    "inside": {
        *(
            "calls",
            "engines",
            "evaluation",
            "files",
            "memory",
            "models",
            "picture",
            "reading",
            "scene",
        ),
        *("surrogates", "words"),
    },
    "units": {"calls", "engines", "evaluation", "models", "picture"},
    "training": {"reading", "evaluation", "files", "models", "words"},
    "share": {
        "reading",
        "engines",
        "explorer",
        "files",
        "models",
        "picture",
        "scene",
        "surrogates",
    },
    "watching": {
        "engines",
        "evaluation",
        "explorer",
        "files",
        "memory",
        "models",
        "picture",
        "reading",
        "scene",
        "widget",
        "words",
    },
    "widget": {
        "calls",
        "reading",
        "engines",
        "explorer",
        "files",
        "inside",
        "models",
        "picture",
        "scene",
        "share",
        "surrogates",
    },
    "stories": {"calls", "picture", "reading", "scene", "share", "surrogates", "widget"},
    "__init__": {
        "evaluation",
        "inside",
        "memory",
        "models",
        "reading",
        "recurrences",
        "stories",
        "units",
        "watching",
        "widget",
    },
}
JUPYTER = {"anywidget", "ipywidgets", "traitlets", "IPython", "ipykernel"}


def imports(path):
    """Absolute names of what a file imports."""
    package = ["rnnviz_widget", *path.relative_to(PACKAGE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def violations(files):
    for path in files:
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for name in imports(path):
            parts = name.split(".")
            if parts[0] == "rnnviz_widget" and len(parts) > 1:
                known = parts[1] in MAY
                if known and parts[1] != room and parts[1] not in MAY[room]:
                    yield f"{path.name} ({room}) imports {name}"
            elif parts[0] in JUPYTER and room != "widget":
                yield f"{path.name} ({room}) imports {name}"


def test_imports_point_one_way():
    files = sorted(PACKAGE.rglob("*.py"))
    assert len(files) > 10
    assert {f.relative_to(PACKAGE).parts[0].removesuffix(".py") for f in files} == set(MAY)
    assert list(violations(files)) == []


def test_the_rule_can_be_broken(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    (tmp_path / "engines").mkdir()
    bad = tmp_path / "engines" / "bad.py"
    bad.write_text("from ..models import SequenceModel\nimport traitlets\n")
    assert len(list(violations([bad]))) == 2


def test_numbers_need_no_jupyter():
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({sorted(JUPYTER)!r}))\n"
        "import importlib.util, types\n"
        "package = types.ModuleType('rnnviz_widget')\n"
        f"package.__path__ = [{str(PACKAGE)!r}]\n"
        "sys.modules['rnnviz_widget'] = package\n"
        "import rnnviz_widget.explorer, rnnviz_widget.scene.codec\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
