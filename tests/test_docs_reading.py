"""What docs/reading.md shows runs."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[1] / "docs" / "reading.md").read_text(encoding="utf-8")


def test_the_snippets_run():
    (snippet,) = [
        one for one in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "swaps" in one
    ]
    names = {}
    exec(snippet, names)
    found = names["found"]
    assert found.symbols[0] == "m"
    assert found.target.name == "grammar"
    assert found.plausible is not None
