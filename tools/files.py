"""Print what each file is, room by room: the first sentence of its docstring or comment.

python tools/files.py                 all rooms
python tools/files.py engines/sweep   one of them, by a part of its path
"""
# ruff: noqa: T201 - a program that prints

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def first_sentence(path: Path) -> str:
    """What a file says of itself, "" if it says nothing."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        words = ast.get_docstring(ast.parse(text)) or ""
    else:
        found = re.match(r"\s*/\*\*?(.*?)\*/", text, re.DOTALL)
        words = re.sub(r"\n\s*\*?", " ", found.group(1)).strip() if found else ""
    return re.split(r"(?<=[.])\s|\n\n", words, maxsplit=1)[0].replace("\n", " ")


def main() -> None:
    """Print the files of the rooms that are asked for."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    paths = [*(ROOT / "rnnviz_widget").rglob("*.py"), *(ROOT / "js" / "src").rglob("*.ts")]
    room = None
    for path in sorted(paths, key=lambda path: (path.parent, path.name)):
        name = path.parent.relative_to(ROOT).as_posix()
        if wanted not in name:
            continue
        if name != room:
            print(f"\n{name}/")
            room = name
        print(f"  {path.name:26} {first_sentence(path)}")


if __name__ == "__main__":
    main()
