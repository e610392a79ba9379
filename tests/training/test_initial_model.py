"""The model that a run begins with."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from training.tiny import TINY, log_of, same

from rnnviz_widget.models import checkpoint
from rnnviz_widget.models.pretrained import pretrained_file
from rnnviz_widget.training import initial_model
from rnnviz_widget.training.train import Run


def test_the_head_starts_at_the_words_share_of_the_positions(corpus):
    model = initial_model.new_model(TINY, corpus)
    words = corpus.part("training")[1]
    shares = np.array([(words == c).sum() for c in range(15)], dtype=float)
    shares /= shares.sum()
    assert np.allclose(model.head.bias.detach().exp().numpy(), shares, rtol=1e-3)


@pytest.mark.parametrize(("cell", "biases"), [("lstm", 2), ("nested-lstm", 6)])
def test_forget_gates_start_open_at_every_level(corpus, cell, biases):
    depth = 3 if cell == "nested-lstm" else 2
    cell = initial_model.new_model(replace(TINY, cell=cell, depth=depth), corpus).cell
    forget = [b[8:16] for name, b in cell.named_parameters() if name.startswith("bias_ih")]
    assert len(forget) == biases
    assert all(bool((bias == 1).all()) for bias in forget)


def test_another_seed_gives_other_weights(corpus):
    one, same, other = (initial_model.new_model(replace(TINY, seed=s), corpus) for s in (1, 1, 2))
    assert torch.equal(one.head.weight, same.head.weight)
    assert not torch.equal(one.head.weight, other.head.weight)


@pytest.fixture
def first(corpus, tmp_path):
    """A model that was trained for half a run, as a file."""
    run = Run(replace(TINY, characters=1200), corpus, tmp_path / "first")
    run.train(progress=False)
    checkpoint.save(tmp_path / "first.safetensors", run.trained())
    return tmp_path / "first.safetensors"


def test_a_run_begins_with_the_weights_of_a_file(corpus, tmp_path, first):
    settings = replace(TINY, initial=str(first), skip=300, seed=1)
    run = Run(settings, corpus, tmp_path / "second")
    trained = checkpoint.load(first)
    same(dict(run.model.state_dict()), dict(trained.module.state_dict()))
    symbols, _ = corpus.part("training")
    assert np.array_equal(run.trainer.streams.batch(0).ids[0], symbols[300:330])
    run.train(progress=False, log_every=2, validate_every=10)
    assert not torch.equal(run.model.head.weight, trained.module.head.weight)
    about = run.trained().about
    assert about["characters"] == trained.about["characters"] + 2400
    assert about["steps"] == trained.about["steps"] + 20
    assert about["seconds"] == trained.about["seconds"] + about["run"]["seconds"]
    assert about["run"]["characters"] == 2400
    assert about["before"]["settings"] == replace(TINY, characters=1200).as_dict()
    assert "log" not in about["before"]
    read = about["log"]["validation"]["characters"]
    assert read == sorted(read)
    assert read[-1] == about["characters"]
    assert len(about["log"]["training"]["loss"]) == len(about["log"]["training"]["seconds"])


def test_it_goes_on_after_a_pause_without_the_file(corpus, tmp_path, first):
    settings = replace(TINY, initial=str(first))
    whole = Run(settings, corpus, tmp_path / "whole")
    whole.train(progress=False)
    paused = Run(settings, corpus, tmp_path / "paused")
    paused.train(progress=False, pause_after_minutes=0)
    first.unlink()
    again = Run(settings, corpus, tmp_path / "paused")
    again.train(progress=False)
    same(dict(again.model.state_dict()), dict(whole.model.state_dict()))
    assert log_of(tmp_path / "paused") == log_of(tmp_path / "whole")
    assert again.trained().about["before"] == whole.trained().about["before"]


def test_what_a_run_cannot_begin_with_is_refused(corpus, tmp_path, first):
    def begin(**changes):
        Run(replace(TINY, **changes), corpus, tmp_path / "refused")

    with pytest.raises(FileNotFoundError, match=r"no model at nowhere .* bundled model \(gru, "):
        begin(initial="nowhere")
    with pytest.raises(ValueError, match="units: the file 8, the run 9"):
        begin(initial=str(first), units=9)
    with pytest.raises(ValueError, match="depth: the file 2, the run None"):
        begin(initial="nested-lstm")
    trained = checkpoint.load(first)
    mixed = replace(trained, classes=trained.classes[::-1])
    checkpoint.save(tmp_path / "mixed.safetensors", mixed)
    with pytest.raises(ValueError, match="predicts other words than the run: expected the 15 most"):
        begin(initial=str(tmp_path / "mixed.safetensors"))
    assert not (tmp_path / "refused").exists()


def test_a_bundled_model_is_found_by_its_name(corpus):
    config = checkpoint.load(pretrained_file("gru-small")).module.config
    sizes = {name: config[name] for name in ("units", "layers", "embedding_size")}
    settings = replace(TINY, initial="gru-small", **sizes)
    with pytest.raises(ValueError, match="classes: the file 8192, the run 15"):
        initial_model.further_trained(settings, corpus)
