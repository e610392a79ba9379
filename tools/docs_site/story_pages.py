"""Stories as pages of the site: each script of docs/stories, run, and played on a page of its own.

The page answers without a kernel, and shares its code with the living figures (`figures.py`).
"""

from __future__ import annotations

import sys
from pathlib import Path

import figures
import sources

sys.path.append(str(Path(__file__).resolve().parents[1]))  # last: it has a module `figures`, too

import story_scripts

_PAGE = """---
hide-toc: true
---

# {title}

{story}

[How this story is made]({source}). [How to tell one](stories.md).
"""


def links() -> dict[str, str]:
    """By the path of each story's script in the repository, the name of its page."""
    return {f"docs/stories/{name}.py": _page(name) for name in story_scripts.names()}


def write(root: Path, pages: Path) -> None:
    """Write the page of each story.

    Args:
        root: The repository.
        pages: The folder of the site's pages.
    """
    for name in story_scripts.names():
        with story_scripts.made(name) as (title, story):
            shown = story.shared()
        source = f"{sources.address(root)}/docs/stories/{name}.py"
        text = _PAGE.format(
            title=title, story=figures.element_of(shown, whole_page=True), source=source
        )
        (pages / _page(name)).write_text(text, encoding="utf-8")


def _page(name: str) -> str:
    return f"story-{name.replace('_', '-')}.md"
