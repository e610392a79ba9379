"""What the pages on the code say is where they say it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "rnnviz_widget"
PATH = re.compile(r"`([\w./-]+(?:/|\.(?:py|ts|json|md)))`")


@pytest.mark.parametrize("page", ["architecture.md", "extending.md"])
def test_every_path_exists(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    paths = set(PATH.findall(text))
    assert len(paths) > 10
    bases = (ROOT, ROOT / "js" / "src", PACKAGE, *filter(Path.is_dir, PACKAGE.iterdir()))
    # A file named without its folder stands beside the one named before it.
    alone = {path.name for base in bases[1:] for path in base.rglob("*.*")}
    missing = [
        path for path in paths if path not in alone and not any((b / path).exists() for b in bases)
    ]
    assert not missing


def test_every_room_has_its_line():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [*PACKAGE.iterdir(), *(ROOT / "js" / "src").iterdir()]
    names = {f"`{room.name}/`" for room in rooms if any(room.glob("*.[pt][ys]"))}
    assert names
    assert not [name for name in names if name not in text]
