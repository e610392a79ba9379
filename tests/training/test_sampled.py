import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from rnnviz_widget.training.sampled import draw_candidates, full_loss, sampled_loss

CLASSES, UNITS = 40, 6


@pytest.fixture
def head():
    torch.manual_seed(0)
    return nn.Linear(UNITS, CLASSES).double()


@pytest.fixture
def hidden():
    torch.manual_seed(1)
    return torch.randn(3, 5, UNITS, dtype=torch.float64, requires_grad=True)


@pytest.fixture
def targets():
    return np.array([[3, 3, -1, 9, 0], [39, 3, 9, -2, -1], [0, 0, 1, 2, 3]])


def plain_cross_entropy(hidden, targets, head):
    flat = torch.from_numpy(targets.reshape(-1)).clamp(min=-1)
    logits = head(hidden).reshape(-1, CLASSES)
    return functional.cross_entropy(logits, flat, ignore_index=-1)


@pytest.mark.parametrize("softmax", ["full", "sampled"])
def test_over_all_classes_it_is_torchs_cross_entropy(head, hidden, targets, softmax):
    """With their gradients; the sampled one too, when all classes are drawn."""
    if softmax == "full":
        loss = full_loss(hidden, targets, head)
    else:
        loss = sampled_loss(hidden, targets, head, CLASSES, np.random.default_rng(0))
    full = plain_cross_entropy(hidden, targets, head)
    torch.testing.assert_close(loss, full)
    parameters = [hidden, head.weight, head.bias]
    for ours, theirs in zip(
        torch.autograd.grad(loss, parameters),
        torch.autograd.grad(full, parameters),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)


def test_candidates_are_the_targets_and_distinct_others(targets):
    candidates, own, correction = draw_candidates(targets, CLASSES, 10, np.random.default_rng(0))
    assert candidates[:own].tolist() == [0, 1, 2, 3, 9, 39]
    assert len(set(candidates.tolist())) == own + 10
    assert correction == pytest.approx(math.log((CLASSES - 6) / 10))


def test_the_partition_function_is_estimated_without_bias(head, hidden, targets):
    with torch.no_grad():
        logits = head(hidden[0, 0])
        whole = float(logits.exp().sum())
        rng = np.random.default_rng(2)
        sums = []
        for _ in range(4000):
            candidates, own, correction = draw_candidates(targets, CLASSES, 8, rng)
            shift = torch.zeros(len(candidates), dtype=torch.float64)
            shift[own:] = correction
            sums.append(float((logits[torch.from_numpy(candidates)] + shift).exp().sum()))
    error = np.std(sums) / math.sqrt(len(sums))
    assert abs(np.mean(sums) - whole) < 4 * error
    assert error < 0.01 * whole  # or the line above says nothing


def test_positions_that_are_not_counted_have_no_gradient(head, hidden, targets):
    sampled_loss(hidden, targets, head, 5, np.random.default_rng(0)).backward()
    moved = hidden.grad.abs().sum(-1).numpy() > 0
    assert np.array_equal(moved, targets >= 0)


def test_the_same_seed_draws_the_same(head, hidden, targets):
    losses = {
        float(sampled_loss(hidden, targets, head, 5, np.random.default_rng(seed)).detach())
        for seed in (1, 1, 1, 2)
    }
    assert len(losses) == 2


def test_a_batch_without_targets(head, hidden, targets):
    with pytest.raises(ValueError, match="no position of this batch has a target"):
        sampled_loss(hidden, np.full_like(targets, -1), head, 5, np.random.default_rng(0))
    with pytest.raises(ValueError, match="Use more words, more streams"):
        full_loss(hidden, np.full_like(targets, -1), head)


def test_everything_lies_on_the_heads_device(targets):
    """On torch's meta device, which refuses to be mixed with the CPU as a GPU would."""
    head = nn.Linear(UNITS, CLASSES, device="meta")
    hidden = torch.zeros(3, 5, UNITS, device="meta", requires_grad=True)
    losses = [
        full_loss(hidden, targets, head),
        sampled_loss(hidden, targets, head, 5, np.random.default_rng(0)),
    ]
    for loss in losses:
        loss.backward()
        assert loss.device.type == "meta"
