"""Whether the numbers in the stories still are what they were when their prose was written.

A story computes its numbers whenever it is made, so that its prose could come to stand beside
numbers that it was not written for. `docs/stories/numbers.json` has those that its author saw;
`make numbers ARGS='--only prose'` names each that has moved by more than its claim's tolerance.

`python tools/story_numbers.py --record` writes the file anew, once the prose is right again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import story_scripts

from rnnviz_widget.stories import CheckedClaim

RECORD = story_scripts.FOLDER / "numbers.json"

Numbers = dict[str, float | str]
"""The values of one story's claims, by "STEP NAME"."""


def found(folder: Path = story_scripts.FOLDER) -> dict[str, list[CheckedClaim]]:
    """All claims of each story of a folder, computed with the weights that ship."""
    claims = {}
    for name in story_scripts.names(folder):
        with story_scripts.made(name, folder) as (_, story):
            claims[name] = story.check()
    return claims


def numbers(claims: Sequence[CheckedClaim]) -> Numbers:
    """What is recorded of a story's claims.

    Raises:
        ValueError: If one can't be computed.
    """
    values: Numbers = {}
    for claim in claims:
        if claim.found is None:
            raise ValueError(f"step {claim.step}, {claim.name!r}: {claim.trouble}")
        values[_key(claim)] = claim.found if isinstance(claim.found, str) else round(claim.found, 5)
    return values


def moved(
    found: Mapping[str, Sequence[CheckedClaim]], recorded: Mapping[str, Numbers]
) -> list[str]:
    """A line for each number that is not what was recorded.

    Args:
        found: The claims of each story, as they are now.
        recorded: The numbers of each story as they were when its prose was written.
    """
    lines = []
    for story, claims in found.items():
        known = recorded.get(story, {})
        for claim in claims:
            where = f"{story}, step {claim.step}, {claim.name!r}"
            now = claim.trouble if claim.found is None else claim.found
            if _key(claim) not in known:
                lines.append(f"{where}: {now} now, and not recorded")
                continue
            stated = known[_key(claim)]
            if not _is_near(stated, claim):
                lines.append(f"{where}: stated {stated}, found {now} (± {claim.tolerance:g})")
        gone = known.keys() - {_key(claim) for claim in claims}
        lines += [f"{story}: step {key!r} is recorded, and claimed no more" for key in sorted(gone)]
    lines += [f"{story}: is recorded, and there no more" for story in recorded.keys() - found]
    return lines


def _is_near(stated: float | str, claim: CheckedClaim) -> bool:
    if isinstance(stated, str) or not isinstance(claim.found, float):
        return stated == claim.found
    return abs(stated - claim.found) <= claim.tolerance


def _key(claim: CheckedClaim) -> str:
    return f"{claim.step} {claim.name}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status is 1 if a number has moved."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--record", action="store_true", help="write down what is found now")
    options.add_argument("--folder", type=Path, default=story_scripts.FOLDER)
    given = options.parse_args(arguments)
    record = given.folder / RECORD.name
    now = found(given.folder)
    if given.record:
        told = {name: numbers(claims) for name, claims in now.items()}
        record.write_text(json.dumps(told, indent=1) + "\n", encoding="ascii")
        return 0
    before = json.loads(record.read_text(encoding="ascii")) if record.is_file() else {}
    lines = moved(now, before)
    many = sum(map(len, now.values()))
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    if lines:
        sys.stdout.write("Mend the prose, then: python tools/story_numbers.py --record\n")
        return 1
    sys.stdout.write(f"All {many} numbers in stories are as their prose has them.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
