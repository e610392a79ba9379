"""A class name stands for one class: a reader who searches for it finds what is meant."""

import ast
from collections import defaultdict
from pathlib import Path

import rnnviz_widget

PACKAGE = Path(rnnviz_widget.__file__).parent


def defined_twice(folder):
    """Names of classes that several files define, or one file twice, with the files."""
    found = defaultdict(list)
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(str(path.relative_to(folder)))
    return {name: files for name, files in found.items() if len(files) > 1}


def test_no_class_name_is_defined_twice():
    assert defined_twice(PACKAGE) == {}


def test_a_second_definition_is_noticed(tmp_path):
    (tmp_path / "one.py").write_text("class Row:\n    pass\n")
    (tmp_path / "other.py").write_text("def f():\n    class Row:\n        pass\n")
    assert defined_twice(tmp_path) == {"Row": ["one.py", "other.py"]}
