"""Puts a built site beside those of other versions: `make docs-version ARGS='FOLDER'`.

`python tools/docs_versions FOLDER [--site site] [--version VERSION]` copies the site into
FOLDER/VERSION/ and writes, in FOLDER,

- `versions.js`, which every page of every version loads: a choice among the versions, which leads
  to the same page where there is one, and a line on pages that are not of the latest release;
- `versions.html`, the list of all versions for who has no scripts;
- `latest/`, whose pages lead to those of the latest release, so that links can last;
- `index.html`, which leads there.

Nothing needs a server's help or another machine; the folder works from disk.
"""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path

from publish import publish

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """See above."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path, help="where the versions are")
    options.add_argument("--site", type=Path, default=ROOT / "site", help="what make docs built")
    options.add_argument(
        "--version",
        default=project["version"],
        help='the version, or "dev" for what is not released yet; default: that of the package',
    )
    given = options.parse_args()
    publish(given.site, given.folder, given.version, title=project["name"])


if __name__ == "__main__":
    main()
