"""What a loop loses for each second in the background, told from the lengths of its steps."""

import random

import pytest

from rnnviz_widget.watching.step_losses import StepLosses


def factor_of(*, step, spread, piece, loss, apart=1.0, steps=20000):
    """The factor after a loop whose steps vary, while pieces begin at moments of their own.

    Each second of a piece delays the loop by `loss` seconds.
    """
    draws, losses = random.Random(0), StepLosses()
    now, begins, left = 0.0, 0.5, 0.0
    for _ in range(steps):
        start, end, computed = now, now + max(0.2 * step, draws.gauss(step, spread * step)), 0.0
        while left > 0 or begins < end:
            if left <= 0:
                now, left = max(now, begins), piece
            taken = min(left, end - now)
            computed, now, left = computed + taken, now + taken, left - taken
            end += taken * loss
            if left > 0:
                break
            begins = now + draws.uniform(0.5, 1.5) * apart
        losses.step(end - start, computed)
        now = end
    return losses.factor


@pytest.mark.parametrize("spread", [0.05, 0.2])
@pytest.mark.parametrize("step", [0.003, 0.03, 0.1])
def test_it_is_what_the_loop_loses_and_never_less_than_what_is_computed(step, spread):
    lengths = {"step": step, "spread": spread, "piece": 0.02}
    assert factor_of(**lengths, loss=0.5) == pytest.approx(1, abs=0.02)
    assert factor_of(**lengths, loss=1.0) == pytest.approx(1, abs=0.15)
    assert factor_of(**lengths, loss=1.5) == pytest.approx(1.5, abs=0.2)
    assert factor_of(**lengths, loss=3.0) == pytest.approx(3, abs=0.5)


def test_before_steps_tell_it_is_a_little_more_than_one():
    assert StepLosses().factor == 1.25
    # Hardly any step is left alone: those are the short ones, which tell nothing.
    assert factor_of(step=2, spread=0.2, piece=0.02, loss=1.0) == pytest.approx(1.25, abs=0.01)


def test_it_has_a_limit():
    assert factor_of(step=0.1, spread=0.05, piece=0.01, loss=9) == 4
