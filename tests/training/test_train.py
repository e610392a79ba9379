import math
import types
from dataclasses import replace

import numpy as np
import pytest
import torch
from training.tiny import TINY, same

from rnnviz_widget.training import device, train
from rnnviz_widget.training.validate import validation_loss


def test_stopping_after_some_minutes_and_going_on(corpus, tmp_path):
    run = train.Run(TINY, corpus, tmp_path)
    assert not run.train(pause_after_minutes=0, progress=False)
    assert run.step == 0
    assert train.Run(TINY, corpus, tmp_path).train(progress=False)


def test_the_softmax_becomes_full_after_a_share_of_the_budget(corpus, tmp_path):
    few = replace(TINY, streams=2, length=12, candidates=1)  # a batch has some of the 15 words
    settings = replace(few, full_from=0.5)
    half = settings.steps // 2
    runs = {}
    for name, its in (("mixed", settings), ("full", replace(few, softmax="full"))):
        runs[name] = train.Run(its, corpus, tmp_path / name)
    plain = train.Run(few, corpus, tmp_path / "plain")
    sampled = [plain.advance() for _ in range(half)]
    assert [runs["mixed"].advance() for _ in range(half)] == sampled
    # From here on both see the same model: the loss is that over all words.
    runs["full"].model.load_state_dict(runs["mixed"].model.state_dict())
    runs["full"].step, runs["full"].state = half, runs["mixed"].state
    loss = runs["full"].advance()
    assert runs["mixed"].advance() == loss
    assert plain.advance() != loss


@pytest.fixture
def clock(monkeypatch):
    """Time that only training takes: so many seconds a step."""
    clock = types.SimpleNamespace(now=0.0, step=2.0)
    monkeypatch.setattr(train, "time", types.SimpleNamespace(monotonic=lambda: clock.now))
    advance = train.Run.advance

    def slow(run):
        clock.now += clock.step
        return advance(run)

    monkeypatch.setattr(train.Run, "advance", slow)
    return clock


def test_a_budget_in_minutes_is_fixed_once_by_the_measured_speed(corpus, tmp_path, clock):
    """Five steps of two seconds to measure: 50 seconds of the minute are left for 25 steps."""
    given = replace(TINY, characters=17_000_000)
    run = train.Run(given, corpus, tmp_path / "minutes", budget_minutes=1)
    settings = replace(TINY, characters=25 * 4 * 30)
    assert run.settings == settings
    assert run.step == 0
    assert not run.train(pause_after_minutes=0.3, checkpoint_every=4, progress=False)
    assert 0 < run.step < 25
    clock.step = 7.0  # a slower machine goes on with the same budget
    resumed = train.Run(given, corpus, tmp_path / "minutes", budget_minutes=1)
    assert resumed.settings == settings
    assert resumed.train(progress=False)
    plain = train.Run(settings, corpus, tmp_path / "plain")
    assert plain.train(progress=False)
    same(resumed.model.state_dict(), plain.model.state_dict())
    assert resumed.trained().about["budgets"] == [(0, settings.characters)]
    rates = [settings.rate_at(step) for step in (23, 24)]
    assert rates[1] < rates[0] < 0.03 * settings.rate  # it ran out


def test_other_minutes_fix_the_budget_anew_by_the_speed_so_far(corpus, tmp_path, clock):
    train.Run(TINY, corpus, tmp_path, budget_minutes=1).train(progress=False)
    longer = train.Run(TINY, corpus, tmp_path, budget_minutes=2)
    assert longer.settings.steps == 60  # two minutes at two seconds a step
    assert longer.budgets == [(0, 3000), (25, 7200)]
    kept = train.Run(train.run_settings(tmp_path), corpus, tmp_path)
    assert kept.budget_minutes == 1  # whoever only goes on does not lose it


@pytest.mark.parametrize("minutes", [0, -1, math.inf, math.nan])
def test_minutes_that_are_no_budget(corpus, tmp_path, minutes):
    with pytest.raises(ValueError, match="a budget in minutes must be above 0, got"):
        train.Run(TINY, corpus, tmp_path, budget_minutes=minutes)


def test_threads_and_algorithms_are_as_before_when_training_ends(corpus, tmp_path, monkeypatch):
    seen = []
    advance = train.Run.advance

    def watched(run):
        seen.append((torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()))
        if run.step == 3:
            raise KeyboardInterrupt
        return advance(run)

    monkeypatch.setattr(train.Run, "advance", watched)
    torch.set_num_threads(2)
    run = train.Run(replace(TINY, threads=1), corpus, tmp_path)
    assert torch.get_num_threads() == 2
    with pytest.raises(KeyboardInterrupt):
        run.train(progress=False)
    assert seen == [(1, True)] * 4
    assert torch.get_num_threads() == 2
    assert not torch.are_deterministic_algorithms_enabled()


def test_devices_that_torch_has_and_has_not(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert device.find("cuda") == torch.device("cuda")
    assert device.find("cuda:1") == torch.device("cuda", 1)
    for name in ("cuda:2", "mps", "meta", "abacus"):
        with pytest.raises(ValueError, match=rf"no device '{name}': it has .*'cuda:0', 'cuda:1'"):
            device.find(name)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(ValueError, match=r"no device 'cuda': it has \['cpu'\]"):
        device.find("cuda")
    assert device.find("cpu") == torch.device("cpu")


@pytest.mark.filterwarnings("ignore:.*copying from a non-meta parameter")
@pytest.mark.parametrize("cell", ["gru", "lstm", "min-gru", "nested-lstm"])
def test_model_optimiser_state_and_batch_go_to_the_device(corpus, tmp_path, monkeypatch, cell):
    """To torch's meta device, which refuses to be mixed with the CPU as a GPU would.

    It holds no numbers, so the loss can't be looked at; `test_sampled` does the loss.
    """
    settings = replace(TINY, cell=cell)
    train.Run(settings, corpus, tmp_path).train(pause_after_minutes=0, progress=False)
    run = train.Run(settings, corpus, tmp_path)
    run.advance()
    run.save()
    monkeypatch.setattr(train, "find", torch.device)

    class SeenError(Exception):
        pass

    def seen(hidden, targets, head, *_):
        assert hidden.device.type == head.weight.device.type == "meta"
        raise SeenError

    monkeypatch.setattr(train, "sampled_loss", seen)
    run = train.Run(settings, corpus, tmp_path, device="meta")
    moments = [value for state in run.optimizer.state.values() for value in state.values()]
    assert moments
    assert all(value.device.type == "meta" for value in moments)
    assert run.state is not None
    with pytest.raises(SeenError):
        run.advance()


def test_what_is_handed_out_is_a_copy_on_the_cpu(corpus, tmp_path):
    run = train.Run(TINY, corpus, tmp_path)
    trained = run.trained()
    before = trained.module.head.weight.clone()
    run.advance()
    assert torch.equal(trained.module.head.weight, before)
    assert not torch.equal(run.model.head.weight, before)
    assert not trained.module.training
    assert trained.about["device"] == "cpu"


def test_the_full_softmax_is_a_setting(corpus, tmp_path):
    losses = []
    for changes in ({"softmax": "full"}, {"candidates": 20}, {"candidates": 1}):
        settings = replace(TINY, classes=20, streams=2, length=12, **changes)
        run = train.Run(settings, corpus, tmp_path)
        losses.append([run.advance() for _ in range(3)])
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)  # all drawn: the same
    assert losses[0] != pytest.approx(losses[2], rel=1e-3)


def test_a_model_that_diverges_is_said_and_not_saved(corpus, tmp_path):
    run = train.Run(TINY, corpus, tmp_path)
    run.train(pause_after_minutes=0, progress=False)
    with torch.no_grad():
        run.model.head.weight.fill_(math.nan)
    with pytest.raises(RuntimeError, match=r"loss is nan at step 0.* a lower --rate or --clip"):
        run.train(progress=False)
    assert math.isfinite(train.Run(TINY, corpus, tmp_path).advance())


def test_a_validation_part_without_a_known_word(corpus):
    words = np.full_like(corpus.words, -1)
    model = train.new_model(TINY, corpus)
    assert np.isnan(validation_loss(model, replace(corpus, words=words))).all()


def test_a_short_validation_part(corpus):
    """Is read by fewer readers, not by many that see a few letters each."""
    start = corpus.parts["validation"][0]
    short = replace(corpus, parts=corpus.parts | {"validation": (start, start + 150)})
    model = train.new_model(TINY, corpus)
    assert validation_loss(model, short) == validation_loss(model, short, streams=1)


@pytest.mark.parametrize("shares", [[0.0], [1.5], [0.5, -0.1], [math.nan]])
def test_shares_that_are_none(corpus, tmp_path, shares):
    with pytest.raises(ValueError, match="a share of the budget lies above 0 and up to 1"):
        train.Run(TINY, corpus, tmp_path).train(keep_at=shares)


def test_every_zero_steps(corpus, tmp_path):
    with pytest.raises(ValueError, match="expected at least 1 step"):
        train.Run(TINY, corpus, tmp_path).train(checkpoint_every=0)


def test_a_larger_budget_is_taken_on_and_remembered(corpus, tmp_path):
    assert train.Run(TINY, corpus, tmp_path).train(progress=False)
    longer = replace(TINY, characters=TINY.characters * 2)
    run = train.Run(longer, corpus, tmp_path)
    assert run.step == 20
    assert run.train(progress=False)
    assert run.step == 40
    assert run.trained().about["budgets"] == [(0, TINY.characters), (20, longer.characters)]
    assert train.run_settings(tmp_path) == longer


@pytest.mark.parametrize(("cell", "characters"), [("gru", 36_000), ("nested-lstm", 72_000)])
def test_learns_what_follows_what(corpus, tmp_path, cell, characters):
    """Better than the words' frequencies, where the head starts."""
    settings = replace(TINY, cell=cell, units=32, characters=characters, rate=1e-2, streams=8)
    run = train.Run(settings, corpus, tmp_path)
    before, _ = validation_loss(run.model, corpus, streams=4, length=500)
    assert before == pytest.approx(math.log(15), abs=0.3)
    run.train(progress=False)
    after, top_1 = validation_loss(run.model, corpus, streams=4, length=500)
    assert after < 0.6 * before
    assert top_1 > 0.5


def test_the_head_starts_at_the_words_share_of_the_positions(corpus):
    model = train.new_model(TINY, corpus)
    words = corpus.part("training")[1]
    shares = np.array([(words == c).sum() for c in range(15)], dtype=float)
    shares /= shares.sum()
    assert np.allclose(model.head.bias.detach().exp().numpy(), shares, rtol=1e-3)


@pytest.mark.parametrize(("cell", "biases"), [("lstm", 2), ("nested-lstm", 6)])
def test_forget_gates_start_open_at_every_level(corpus, cell, biases):
    depth = 3 if cell == "nested-lstm" else 2
    cell = train.new_model(replace(TINY, cell=cell, depth=depth), corpus).cell
    forget = [b[8:16] for name, b in cell.named_parameters() if name.startswith("bias_ih")]
    assert len(forget) == biases
    assert all(bool((bias == 1).all()) for bias in forget)


def test_depth_is_a_setting_of_the_nested_lstm_only(corpus, tmp_path):
    nested = replace(TINY, cell="nested-lstm", depth=3)
    run = train.Run(nested, corpus, tmp_path)
    run.save()
    assert train.run_settings(tmp_path) == nested
    assert run.trained().about["settings"]["depth"] == 3
    with pytest.raises(ValueError, match="depth: checkpoint 3, asked for 2"):
        train.Run(replace(nested, depth=2), corpus, tmp_path)
    assert "depth" not in TINY.identity()  # checkpoints from before there was one go on
    with pytest.raises(ValueError, match="depth is for the cell 'nested-lstm'; 'gru' has none"):
        replace(TINY, depth=3)


def test_another_seed_gives_other_weights(corpus):
    one, same, other = (train.new_model(replace(TINY, seed=s), corpus) for s in (1, 1, 2))
    assert torch.equal(one.head.weight, same.head.weight)
    assert not torch.equal(one.head.weight, other.head.weight)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("classes", 0, "classes must be at least 1, got 0"),
        ("characters", -5, "characters must be at least 1, got -5"),
        ("depth", 0, "depth must be at least 1, got 0"),
        ("forget", 1.5, "forget must lie between 0 and 1, got 1.5"),
        ("units", 0, "units must be at least 1, got 0"),
        ("cell", "abacus", "unknown cell 'abacus': expected one of gru, lstm"),
        ("softmax", "half", "softmax must be one of .*'full'.*, got 'half'"),
        ("seed", -1, "seed must be at least 0, got -1"),
        ("rate", 0.0, "rate must be above 0, got 0.0"),
        ("clip", float("nan"), "clip must be above 0, got nan"),
    ],
)
def test_settings_that_cannot_train(name, value, message):
    with pytest.raises(ValueError, match=message):
        replace(TINY, **{name: value})


def test_the_rate_rises_then_falls_to_its_floor():
    settings = replace(TINY, characters=120 * 1000, warmup=0.1, rate=1.0, floor=0.05)
    rates = [settings.rate_at(step) for step in range(settings.steps)]
    assert np.argmax(rates) == 100
    assert max(rates) == pytest.approx(1.0)
    assert (np.diff(rates[:100]) > 0).all()
    assert (np.diff(rates[100:]) < 0).all()
    assert rates[-1] == pytest.approx(0.05, abs=1e-3)
    constant = replace(settings, warmup=0.0, floor=1.0)
    assert {constant.rate_at(step) for step in range(settings.steps)} == {1.0}
    assert settings.rate_at(5000) == pytest.approx(0.05)
