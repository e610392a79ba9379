"""Losses become few points, whatever their number and kind."""

import itertools
import math

import pytest
import torch

from rnnviz_widget.watching.seen_losses import SeenLosses, mean_of


def taken(losses, apart=1.0, **options):
    seen = SeenLosses(**options)
    for step, loss in enumerate(losses):
        seen.take(step, loss, step * apart)
        seen.read()
    return seen


def test_numbers_and_tensors_are_points():
    seen = taken([3, 2.5, torch.tensor(2.0), torch.tensor([[1.5]], requires_grad=True)])
    assert seen.points == [(0, 3.0), (1, 2.5), (2, 2.0), (3, 1.5)]


def test_many_become_means_and_the_mean_of_all_stays():
    losses = [math.sin(n) for n in range(6400)]
    seen = taken(losses)
    assert len(seen.points) <= 401
    steps = [step for step, _ in seen.points]
    assert steps == sorted(steps)
    assert steps[-1] == 6399
    for (first, _), (last, loss) in itertools.pairwise(seen.points[:-1]):
        between = losses[first + 1 : last + 1]
        assert loss == pytest.approx(sum(between) / len(between))


def test_of_very_fast_steps_some_are_taken():
    assert 150 < len(taken([1.0] * 1000, apart=0.001).points) <= 200


def test_what_is_not_finite_is_no_point():
    seen = taken([1.0, float("nan"), torch.tensor(float("inf")), 2.0])
    assert [step for step, _ in seen.points] == [0, 3]
    assert seen.not_finite == 1


def test_since_the_last_checkpoint():
    seen = taken([float(n) for n in range(100)])
    losses = seen.since_checkpoint()
    assert len(losses) == 20
    assert losses[0] == (4, 2.0)
    assert mean_of(losses) == pytest.approx(49.5)
    assert seen.since_checkpoint() == []
    assert mean_of([]) is None


def test_those_of_an_earlier_run_come_first():
    seen = SeenLosses([(5, 2.0), (10, 1.0)])
    seen.take(11, 0.5, 0.0)
    seen.read()
    assert seen.points == [(5, 2.0), (10, 1.0), (11, 0.5)]
