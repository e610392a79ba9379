"""`python -m rnnviz_widget.share notebook.ipynb`: convert an executed notebook to one page."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rnnviz_widget.files import write_whole

from .notebook import notebook_page


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command: write the page and print its size, and warnings and errors to stderr.

    Args:
        arguments: The command line; default: that of the process.

    Returns:
        The exit status: 0, or 1 after an error.
    """
    parser = argparse.ArgumentParser(
        prog="python -m rnnviz_widget.share",
        description="Convert an executed notebook to one HTML file that needs no kernel and no "
        "network. Every rnnviz_widget in it answers; no script of the notebook runs.",
    )
    parser.add_argument("notebook", type=Path, help="an executed notebook (.ipynb)")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        help="the file to write; default: the notebook's path with .html",
    )
    parser.add_argument(
        "--trust",
        action="store_true",
        help="keep the scripts of the notebook's cells and outputs, which can then fetch and send "
        "anything; only for a notebook whose author you know",
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
            "warning: --trust: all scripts of the notebook run in this page, and can fetch and "
            "send anything",
            file=sys.stderr,
        )
    size = path.stat().st_size
    print(f"{path}: {page.widgets} widget{'' if page.widgets == 1 else 's'}, {size / 1e3:,.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
