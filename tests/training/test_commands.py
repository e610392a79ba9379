import argparse
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rnnviz_widget.models import CELLS, checkpoint
from rnnviz_widget.training import options, state, trainer
from rnnviz_widget.training.__main__ import main
from rnnviz_widget.training.presets import preset
from rnnviz_widget.training.settings import Settings

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


def test_from_a_text_to_what_a_model_scores(tmp_path, text, capsys):
    (tmp_path / "plain").write_bytes(text)
    data = ["--data", str(tmp_path / "data")]
    parts = ["--validation", "4000", "--test", "4000"]
    assert main([*data, "prepare", "--text", str(tmp_path / "plain"), *parts]) == 0
    assert "plain is not text8, by its checksum" in capsys.readouterr().out
    run = tmp_path / "run"
    command = [*data, "train", "--cell", "lstm", *SIZES, "--run", str(run)]
    assert main([*command, "--pause-after-minutes", "0"]) == 0
    assert "the same command continues" in capsys.readouterr().out
    assert main(command) == 0
    log = (run / "log.jsonl").read_bytes()
    model = tmp_path / "small.safetensors"
    assert main([*data, "export", str(run), "--to", str(model)]) == 0
    assert (run / "log.jsonl").read_bytes() == log
    exported, trained = checkpoint.load(model), checkpoint.load(run / "model.safetensors")
    assert exported.about == trained.about
    assert exported.about["characters"] == 2400
    weights = trained.module.state_dict()
    assert all(weights[name].equal(value) for name, value in exported.module.state_dict().items())

    asked = [*data, "evaluate", str(model), "--characters", "3000", "--length", "300"]
    asked += ["--memory-texts", "5", "--memory-length", "300", "--keep", str(tmp_path / "kept")]
    capsys.readouterr()
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert said.startswith("# small\n")
    assert " characters of the test part of plain; " in said
    assert "| prefix lookup |" in said
    assert "nan" not in said
    assert main(asked) == 0
    assert capsys.readouterr().out == said  # from what was kept


def error_of(capsys, arguments):
    assert main(arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    return said


def test_what_the_user_can_mend_is_said_in_a_line(tmp_path, data, capsys):
    at = ["--data", str(data)]
    missing = error_of(capsys, ["prepare", "--text", str(tmp_path / "nothing")])
    assert "expected a text, plain or zipped" in missing
    (tmp_path / "empty").touch()
    (tmp_path / "cyrillic").write_text("слово за слово", encoding="utf-8")
    empty = ["--data", str(tmp_path / "data"), "prepare", "--text8", str(tmp_path / "empty")]
    assert "the text is empty" in error_of(capsys, empty)
    assert "is a Latin letter or a digit" in error_of(
        capsys, [*empty[:-1], str(tmp_path / "cyrillic")]
    )
    unprepared = error_of(capsys, ["--data", str(tmp_path / "nothing"), "train"])
    assert "prepare first" in unprepared
    run = ["--run", str(tmp_path / "run")]
    many = [*at, "train", *SIZES, "--classes", "21", *run]
    assert "has 20 different words: use 1 to 20" in error_of(capsys, many)
    assert not (tmp_path / "run").exists()
    elsewhere = error_of(capsys, [*at, "train", *SIZES, *run, "--device", "cuda:99"])
    assert "has no device 'cuda:99': it has ['cpu'" in elsewhere
    (tmp_path / "file").touch()
    into = error_of(capsys, [*at, "train", *SIZES, "--run", str(tmp_path / "file")])
    assert "the run folder" in into
    assert "Pass another with --run" in into
    share = error_of(capsys, [*at, "train", *SIZES, *run, "--keep-at", "25"])
    assert "a share of the budget must be above 0 and at most 1, got 25" in share
    assert "no training run" in error_of(capsys, [*at, "export", str(tmp_path), "--to", "x"])
    nothing = error_of(capsys, [*at, "evaluate", str(tmp_path / "nothing")])
    assert "expected a safetensors file" in nothing


def test_an_unknown_cell_is_refused_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--cell", "abacus"])
    assert "invalid choice: 'abacus'" in capsys.readouterr().err


def test_an_interrupted_run_says_that_it_goes_on(tmp_path, data, capsys, monkeypatch):
    def interrupted(run):
        raise KeyboardInterrupt

    command = ["--data", str(data), "train", *SIZES, "--run", str(tmp_path)]
    with monkeypatch.context() as patched:
        patched.setattr(trainer.Trainer, "advance", interrupted)
        assert main(command) == 130
    assert "interrupted: the same command continues" in capsys.readouterr().err
    assert main(command) == 0


def test_a_budget_is_in_characters_or_in_minutes(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--characters", "1000", "--budget-minutes", "1"])
    assert "not allowed with argument --characters" in capsys.readouterr().err


def test_a_small_text_has_its_own_vocabulary_unless_one_is_given(tmp_path, data, capsys):
    small = [size for size in SIZES if size not in {"--classes", "15"}]
    run = tmp_path / "run"
    command = ["--data", str(data), "train", *small, "--run", str(run)]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "has only 20 different words: using all of them" in said
    assert len(checkpoint.load(run / "model.safetensors").classes) == 20
    behind = ["train", *small, "--run", str(run), "--data", str(data)]
    assert main(behind) == 0  # it goes on so, too


def test_a_run_that_has_begun_keeps_its_budget_unless_another_is_given(tmp_path, data):
    command = ["--data", str(data), "train", *SIZES[:-2], "--run", str(tmp_path)]
    assert main([*command, "--characters", "2400", "--pause-after-minutes", "0"]) == 0
    assert main(command) == 0
    assert state.run_settings(tmp_path).characters == 2400
    assert main([*command, "--characters", "3600"]) == 0
    about = checkpoint.load(tmp_path / "model.safetensors").about
    assert about["budgets"] == [[0, 2400], [20, 3600]]
    assert about["steps"] == 30


def test_models_are_kept_along_the_way(tmp_path, data):
    command = ["--data", str(data), "train", *SIZES, "--run", str(tmp_path), "--keep-at"]
    assert main([*command, "0.01", "0.25", "1"]) == 0
    kept = sorted(path.name for path in tmp_path.glob("model-step-*.safetensors"))
    assert kept == [f"model-step-{step:06d}.safetensors" for step in (1, 5, 20)]
    models = [checkpoint.load(tmp_path / name) for name in [*kept, "model.safetensors"]]
    assert [model.about["steps"] for model in models] == [1, 5, 20, 20]
    heads = [model.module.head.weight for model in models]
    assert heads[2].equal(heads[3])
    assert not heads[0].equal(heads[1])


def asked(corpus, arguments):
    parser = argparse.ArgumentParser()
    options.add_train_options(parser)
    return options.settings_of(parser.parse_args(arguments), corpus)


def test_the_articles_settings(corpus, tmp_path):
    """Those of its appendix "Autocomplete Problem"."""
    corpus = replace(corpus, vocabulary=[str(word) for word in range(20_000)])
    settings, folder = asked(corpus, ["--preset", "article"])
    model = (settings.units, settings.layers, settings.embedding_size, settings.classes)
    assert model == (600, 2, 600, 2**14)
    assert (settings.streams, settings.length, settings.softmax) == (64, 200, "full")
    assert settings.characters == 2 * corpus.parts["training"][1]
    assert {settings.rate_at(step) for step in range(settings.steps)} == {1e-3}  # Adam's default
    assert folder == Path("runs/gru")
    nested, folder = asked(corpus, ["--preset", "article", "--cell", "nested-lstm"])
    assert (nested.layers, nested.depth, folder) == (1, 2, Path("runs/nested-lstm"))
    # The numbers of parameters in its table: 27 x 600 in the embedding, then the layers.
    sizes = {"gru": 4_323_600, "lstm": 5_764_800, "nested-lstm": 5_764_800}
    for cell, expected in sizes.items():
        settings, _ = asked(corpus, ["--preset", "article", "--cell", cell])
        layer = CELLS[cell].make(settings.embedding_size, settings.units, settings.layers)
        matrices = sum(value.numel() for value in layer.parameters())
        biases = sum(v.numel() for name, v in layer.named_parameters() if "bias_hh" in name)
        assert matrices - biases == expected  # there one bias a gate, in torch two


def test_what_is_given_goes_before_the_preset(corpus, capsys):
    given = ["--preset", "article", "--units", "30", "--characters", "5000", "--softmax", "sampled"]
    settings, _ = asked(corpus, given)
    assert (settings.units, settings.characters, settings.softmax) == (30, 5000, "sampled")
    assert (settings.layers, settings.length, settings.classes) == (2, 200, 20)
    assert "has only 20 different words" in capsys.readouterr().out
    with pytest.raises(ValueError, match="unknown preset 'book': expected one of article"):
        preset("book", "gru", corpus)


def test_without_options_the_settings_are_the_defaults(corpus):
    settings, _ = asked(corpus, ["--classes", "8192"])
    assert settings == Settings()


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
