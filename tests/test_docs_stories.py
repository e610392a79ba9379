"""The snippets of docs/stories.md run, one after the other."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[1] / "docs" / "stories.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_snippets_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}
    for snippet in SNIPPETS:
        exec(snippet, names)
    assert "What is read of grammar" in (tmp_path / "story.html").read_text(encoding="utf-8")
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 4
    assert all(line.endswith("True") for line in said)
    names["w"].close()
