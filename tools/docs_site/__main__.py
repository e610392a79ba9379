"""Builds the documentation's site, for reading from disk or a server: `make docs`.

`python tools/docs_site [FOLDER]` writes it into a folder (default: site/). It needs no network.

1. The pages of docs/, the CHANGELOG and the benchmarks' page, and those that only the site has
   (tools/docs_site/pages) are copied into a temporary folder; links and pictures are made to fit
   (`sources.py`).
2. Each story of docs/stories becomes a page that plays it (`story_pages.py`).
3. Pictures of instruments become living figures, which answer without a kernel (`figures.py`).
4. The reference is listed from `rnnviz_widget.__all__` (`reference.py`); Sphinx takes its text
   from the docstrings.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import accessible
import figures
import reference
import sources
import story_pages
from sphinx.cmd.build import build_main

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def main() -> int:
    """Build the site; the exit status is 1 if Sphinx warns of anything."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "site").resolve()
    with tempfile.TemporaryDirectory() as home:
        staged, fresh = Path(home, "pages"), Path(home, "site")
        sources.stage(ROOT, HERE / "pages", story_pages.links(), staged)
        story_pages.write(ROOT, staged)
        figures.put_into(staged, Path(home, "living"))
        reference.write(staged)
        status = build_main(
            [
                *("-q", "-W", "--keep-going", "-b", "html", "-c", str(HERE)),
                *("-d", str(Path(home, "doctrees")), str(staged), str(fresh)),
            ]
        )
        if status:
            return status
        accessible.mend(fresh)
        sources.copy_pictures(ROOT / "docs" / "images", fresh / "images")
        shutil.copytree(Path(home, "living"), fresh / "living")
        if out.exists():
            shutil.rmtree(out)
        shutil.move(fresh, out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
