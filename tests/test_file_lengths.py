"""A file is about one thing, and can be read in one go: none that people write is long."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
LONGEST = 300
KINDS = {".py", ".ts", ".css", ".mjs"}
FOLDERS = ("rnnviz_widget", "tests", "benchmarks", "tools", "js/src", "js/tests", "js/dev")
# Written by programs: `make wire`, and `make js`.
GENERATED = {"js/src/wire/generated.ts", "rnnviz_widget/static/widget.css"}


def written_by_people(root):
    """The files of code under a folder that no program writes, by their names."""
    found = [path for folder in FOLDERS for path in (root / folder).rglob("*")]
    found += [*root.glob("*.py"), *(root / "js").glob("*.mjs")]
    names = {path.relative_to(root).as_posix(): path for path in found if path.suffix in KINDS}
    return {name: path for name, path in names.items() if name not in GENERATED}


def too_long(root):
    """Names of files with more lines than that."""
    lengths = {
        name: len(path.read_text(encoding="utf-8").splitlines())
        for name, path in written_by_people(root).items()
    }
    return {name: length for name, length in lengths.items() if length > LONGEST}


def test_no_file_is_too_long():
    assert len(written_by_people(ROOT)) > 500
    assert too_long(ROOT) == {}


def test_a_long_file_is_noticed(tmp_path):
    for name, lines in (
        ("tests/long.py", 301),
        ("js/src/views/long.css", 301),
        ("js/src/a.ts", 300),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("\n" * lines)
    assert too_long(tmp_path) == {"tests/long.py": 301, "js/src/views/long.css": 301}
