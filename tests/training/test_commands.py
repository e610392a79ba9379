import shutil

import pytest

from rnnviz_widget.models import checkpoint
from rnnviz_widget.training.__main__ import main

SIZES = [
    "--units",
    "8",
    "--embedding-size",
    "4",
    "--classes",
    "15",
    "--streams",
    "4",
    "--length",
    "30",
    "--candidates",
    "4",
    "--characters",
    "2400",
]


def test_from_a_text_to_a_card(tmp_path, text, capsys):
    (tmp_path / "plain").write_bytes(text)
    data = ["--data", str(tmp_path / "data")]
    parts = ["--any-text", "--validation", "4000", "--test", "4000"]
    assert main([*data, "prepare", "--text8", str(tmp_path / "plain"), *parts]) == 0
    run = tmp_path / "run"
    command = [*data, "train", "--cell", "lstm", *SIZES, "--run", str(run)]
    assert main([*command, "--minutes", "0"]) == 0
    assert "the same command goes on" in capsys.readouterr().out
    assert main(command) == 0
    log = (run / "log.jsonl").read_bytes()
    model, card = tmp_path / "small.safetensors", tmp_path / "small.md"
    assert main([*data, "export", str(run), "--to", str(model)]) == 0
    assert (run / "log.jsonl").read_bytes() == log
    exported, trained = checkpoint.load(model), checkpoint.load(run / "model.safetensors")
    assert exported.about == trained.about
    assert exported.about["characters"] == 2400
    weights = trained.module.state_dict()
    assert all(weights[name].equal(value) for name, value in exported.module.state_dict().items())

    asked = [*data, "evaluate", str(model), "--characters", "3000", "--length", "300"]
    assert main([*asked, "--card", str(card)]) == 0
    page = card.read_text()
    assert page.startswith("# small\n")
    assert "An LSTM of 2 x 8 units" in page
    assert "the last 3,000 characters of the test part" in page
    assert f"python -m rnnviz_widget.training {' '.join(asked)} --card" in page
    assert "| prefix lookup |" in page
    assert "nan" not in page
    assert main(asked) == 0
    body = page.split("```")[0]
    assert capsys.readouterr().out.find(body) >= 0  # the same figures, printed


def error_of(capsys, arguments):
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    return said


def test_what_the_user_can_mend_is_said_in_a_line(tmp_path, data, capsys):
    at = ["--data", str(data)]
    missing = error_of(capsys, ["prepare", "--text8", str(tmp_path / "nothing")])
    assert "expected text8 or text8.zip there" in missing
    unprepared = error_of(capsys, ["--data", str(tmp_path / "nothing"), "train"])
    assert "prepare first" in unprepared
    run = ["--run", str(tmp_path / "run")]
    assert "different ones: ask for" in error_of(capsys, [*at, "train", *run])
    assert "no training run" in error_of(capsys, [*at, "export", str(tmp_path), "--to", "x"])
    nothing = error_of(capsys, [*at, "evaluate", str(tmp_path / "nothing")])
    assert "expected a safetensors file" in nothing


def test_an_unknown_cell_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--cell", "abacus"])
    assert "invalid choice: 'abacus'" in capsys.readouterr().err


def test_a_model_with_words_of_another_text(tmp_path, data, text, capsys):
    other = tmp_path / "other"
    shutil.copytree(data, other)
    words = (other / "vocabulary.txt").read_text().splitlines()
    (other / "vocabulary.txt").write_text("\n".join([words[1], words[0], *words[2:]]))
    run = tmp_path / "run"
    assert main(["--data", str(data), "train", *SIZES, "--run", str(run)]) == 0
    capsys.readouterr()
    said = error_of(capsys, ["--data", str(other), "evaluate", str(run / "model.safetensors")])
    assert "expected the text that it was trained on" in said
