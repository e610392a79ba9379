"""Makes every number and figure of the README, of pages of docs/ and of the cards: `make numbers`.

Evaluates the bundled models on text8 (downloaded, or --text8 PATH; what is done is kept in runs/,
so that an interrupted run goes on), times the engines, holds the measures against reruns, draws the
figures, photographs the widget, fills the README, docs/methods.md and docs/article.md in, and names
the numbers of stories that are not what their prose was written for (`story_numbers.py`). About two
hours on two cores; --only says which part.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import article
import card
import faithfulness
import faithfulness_tables
import figures
import readme
import story_numbers

from rnnviz_widget.models import pretrained_names
from rnnviz_widget.training import text8
from rnnviz_widget.training.__main__ import main as training

WEIGHTS = "rnnviz_widget/models/weights"
IMAGES = readme.ROOT / "docs" / "images"
PARTS = ("models", "speed", "faithfulness", "figures", "pictures", "readme", "prose")
READ_TEXT8 = ("models", "speed", "faithfulness")
PAGES = {
    readme.README: readme.filled,
    faithfulness_tables.PAGE: faithfulness_tables.filled,
    article.PAGE: article.filled,
}
"""The pages with blocks of numbers, and what fills each in."""


def evaluate() -> None:
    """The results and cards of all bundled models, by the commands that the cards tell."""
    for name in pretrained_names():
        results = Path(WEIGHTS, f"{name}.json")
        model = str(results.with_suffix(".safetensors"))
        _training("evaluate", model, "--results", str(results))
        card.write(results)


def _prepared(text: Path | None) -> None:
    if not (text8.DATA / "parts.json").is_file():
        _training("prepare", *(() if text is None else ("--text", str(text))))


def _training(*arguments: str) -> None:
    if training(arguments):
        raise SystemExit(1)


def draw() -> None:
    """The README's figure, light and dark."""
    for theme in ("light", "dark"):
        with figures.style(theme, transparent=True):
            figure = figures.overview(readme.results())
            figure.savefig(IMAGES / f"compare-{theme}.svg", metadata={"Date": None})


def main() -> None:
    """See above."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--text8", type=Path, help="text8 or text8.zip (default: download it)")
    options.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="some parts only")
    given = options.parse_args()
    os.chdir(readme.ROOT)
    programs = {
        "speed": ["benchmarks/readme.py", "--to", str(readme.SPEED)],
        "pictures": ["tools/screenshots.py"],
    }
    for part in given.only:
        sys.stderr.write(f"{part} ...\n")
        if part in READ_TEXT8:
            _prepared(given.text8)
        if part in programs:
            subprocess.run([sys.executable, *programs[part]], check=True)  # noqa: S603 - our own
        elif part == "models":
            evaluate()
        elif part == "faithfulness":
            faithfulness.measure()
        elif part == "figures":
            draw()
        elif part == "prose":
            if story_numbers.main([]):
                raise SystemExit(1)
        else:
            for page, filled in PAGES.items():
                page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
