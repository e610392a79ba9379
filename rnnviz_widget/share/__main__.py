"""`python -m rnnviz_widget.share notebook.ipynb`: an executed notebook as one offline page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rnnviz_widget.files import write_whole

from .notebook import notebook_page


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; 0 when all went well, 1 when something could not be done, in words."""
    parser = argparse.ArgumentParser(
        prog="python -m rnnviz_widget.share",
        description="Turn an executed notebook into one HTML file that needs no kernel and no "
        "network, every rnnviz_widget in it alive. Nothing else of the notebook runs in it.",
    )
    parser.add_argument("notebook", type=Path, help="an executed notebook (.ipynb)")
    parser.add_argument(
        "-o", "--output", type=Path, help="where to write; default: beside it, as .html"
    )
    parser.add_argument(
        "--trust",
        action="store_true",
        help="let the scripts of the notebook's cells and outputs run in the page, and fetch what "
        "they like; only for a notebook whose author you know",
    )
    options = parser.parse_args(arguments)
    path: Path = options.output or options.notebook.with_suffix(".html")
    try:
        page = notebook_page(options.notebook, trust=options.trust)
        write_whole(path, page.html)
    except (ImportError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for warning in page.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if options.trust:
        print(
            "warning: --trust: whatever scripts the notebook has run in this page, and may fetch "
            "and send what they like",
            file=sys.stderr,
        )
    size = path.stat().st_size
    print(f"{path}: {page.widgets} widget{'' if page.widgets == 1 else 's'}, {size / 1e3:,.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
