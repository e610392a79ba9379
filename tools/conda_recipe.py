"""Writes the recipe of the conda package: `python tools/conda_recipe.py dist/*.tar.gz`.

Everything in it is read from a source distribution, so that nothing stands twice. The format is
that of rattler-build, which conda-forge takes. The source is what the release has on GitHub.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tarfile
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# Projects that conda-forge has under another name.
_CONDA_NAMES = {"torch": "pytorch"}

_RECIPE = """\
schema_version: 1

context:
  version: "{version}"
  python_min: "{python}"

package:
  name: {name}
  version: ${{{{ version }}}}

source:
  url: {source}/releases/download/v${{{{ version }}}}/{file}
  sha256: {sha256}

build:
  number: 0
  noarch: python
  script: python -m pip install . -vv --no-deps --no-build-isolation

requirements:
  host:
    - python ${{{{ python_min }}}}.*
    - pip
{host}
  run:
    - python >=${{{{ python_min }}}}
{run}

tests:
  - python:
      imports:
        - {module}
      pip_check: true
      python_version: ${{{{ python_min }}}}.*

about:
  homepage: {source}
  summary: {summary}
  license: {license}
  license_file: {license_file}
"""


def recipe(archive: Path) -> str:
    """The recipe of a source distribution, as YAML.

    Args:
        archive: The source distribution, a `.tar.gz` as hatchling makes it.
    """
    project = _pyproject(archive)
    about: dict[str, Any] = project["project"]
    [license_file] = about["license-files"]
    return _RECIPE.format(
        name=about["name"],
        version=about["version"],
        python=about["requires-python"].removeprefix(">="),
        file=archive.name,
        sha256=hashlib.sha256(archive.read_bytes()).hexdigest(),
        host=_listed(project["build-system"]["requires"]),
        run=_listed(about["dependencies"]),
        module=canonicalize_name(about["name"]).replace("-", "_"),
        source=about["urls"]["Source"],
        summary=json.dumps(about["description"]),
        license=about["license"],
        license_file=license_file,
    )


def _pyproject(archive: Path) -> dict[str, Any]:
    with tarfile.open(archive) as opened:
        for member in opened:
            path = PurePosixPath(member.name)
            if len(path.parts) == 2 and path.name == "pyproject.toml":
                read = opened.extractfile(member)
                assert read is not None, "it is a file"
                return tomllib.loads(read.read().decode())
    raise ValueError(f"{archive} is no source distribution: there is no pyproject.toml in it")


def _listed(requirements: list[str]) -> str:
    return "\n".join(f"    - {_conda(Requirement(each))}" for each in requirements)


def _conda(requirement: Requirement) -> str:
    name = _CONDA_NAMES.get(requirement.name, requirement.name)
    versions = ",".join(sorted(map(str, requirement.specifier), reverse=True))
    return f"{name} {versions}".rstrip()


def main() -> None:
    """See above."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("archive", type=Path, help="the source distribution")
    sys.stdout.write(recipe(options.parse_args().archive))


if __name__ == "__main__":
    main()
