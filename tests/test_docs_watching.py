"""The snippets of docs/watching.md run, one after the other."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[1] / "docs" / "watching.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_snippets_run(capsys):
    names = {}
    for snippet in SNIPPETS:
        exec(snippet, names)
    watch = names["watch"]
    assert watch.finish(60)
    assert watch.steps == 50
    assert watch.notes == []
    assert watch.checkpoints[-1].figures["reach"] > 1
    watch.close()
    said = capsys.readouterr().out
    assert "50 rnnviz/reach" in said
    assert "50 rnnviz/picture (" in said
    assert "50 rnnviz/words After" in said
