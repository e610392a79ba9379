"""What a checkpoint's file keeps of weights, and how it says that it is damaged."""

import pytest
import torch
from safetensors.torch import save_file
from small import recurrent

from rnnviz_widget.watching import CheckpointError
from rnnviz_widget.watching.stored_weights import StoredWeights

HALF = 2.0**-11


def weights():
    found = dict(recurrent("lstm", units=40).state_dict())
    found["counted"] = torch.tensor(12_345_678_901)
    found["seen"] = torch.tensor([True, False])
    return found


def moved(before, change):
    """Each number moved by up to so much."""
    generator = torch.Generator().manual_seed(3)
    return {
        name: one + change * (2 * torch.rand(one.shape, generator=generator) - 1)
        if one.is_floating_point()
        else one
        for name, one in before.items()
    }


def through_a_file(stored, folder, base=None):
    path = folder / "one.safetensors"
    path.write_bytes(stored.to_bytes())
    return StoredWeights.read(path).decoded(base)


def largest_error(found, true):
    """The largest error of a tensor, as a share of its largest number."""
    assert found.keys() == true.keys()
    assert all(found[name].dtype == one.dtype for name, one in true.items())
    return max(
        float((found[name].double() - one.double()).abs().max() / one.double().abs().max())
        for name, one in true.items()
    )


def test_half_precision_and_whole_numbers_as_they_are(tmp_path):
    true = weights()
    found = through_a_file(StoredWeights.of(true, 5), tmp_path)
    assert largest_error(found, true) <= HALF
    assert torch.equal(found["counted"], true["counted"])
    assert torch.equal(found["seen"], true["seen"])


def test_small_changes_take_half_the_room_and_are_no_less_exact(tmp_path):
    first = StoredWeights.of(weights(), 0)
    base = first.decoded()
    for change in (1e-6, 1e-3, 0.05):
        true = moved(weights(), change)
        stored = StoredWeights.of(true, 1, ("base", base))
        assert stored.base == "base"
        assert largest_error(through_a_file(stored, tmp_path, base), true) <= HALF
        assert len(stored.to_bytes()) < 0.75 * len(first.to_bytes())


def test_large_changes_are_stored_in_full(tmp_path):
    true = moved(weights(), 0.5)
    stored = StoredWeights.of(true, 1, ("base", StoredWeights.of(weights(), 0).decoded()))
    assert stored.base == ""
    assert largest_error(through_a_file(stored, tmp_path), true) <= HALF


def test_what_is_not_trained_is_not_stored_again(tmp_path):
    true = weights()
    base = StoredWeights.of(true, 0).decoded()
    true["head.bias"] = true["head.bias"] + 0.001
    stored = StoredWeights.of(true, 1, ("base", base))
    assert set(stored.tensors) == {"delta:head.bias", "scale:head.bias"}
    assert largest_error(through_a_file(stored, tmp_path, base), true) <= HALF


def test_numbers_beyond_half_precision_and_lost_ones(tmp_path):
    true = {"w": torch.tensor([1e6, -3.0]), "lost": torch.tensor([float("nan"), float("inf"), 1.0])}
    found = through_a_file(StoredWeights.of(true, 0), tmp_path)
    assert torch.equal(found["w"], true["w"])
    torch.testing.assert_close(found["lost"], true["lost"], equal_nan=True)
    again = {"w": true["w"], "lost": torch.zeros(3)}
    base = StoredWeights.of(again, 0).decoded()
    found = through_a_file(StoredWeights.of(true, 1, ("base", base)), tmp_path, base)
    torch.testing.assert_close(found["lost"], true["lost"], equal_nan=True)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content[:-40] + bytes([content[-40] ^ 1]) + content[-39:],
        lambda content: b"\xff" * 200,
    ],
)
def test_a_damaged_file_is_named(tmp_path, damage):
    path = tmp_path / "00000003-step-9.safetensors"
    path.write_bytes(damage(StoredWeights.of(weights(), 9).to_bytes()))
    with pytest.raises(CheckpointError, match=r"00000003-step-9\.safetensors can't be read"):
        StoredWeights.read(path)


def test_other_files_and_missing_ones_are_refused(tmp_path):
    save_file({"w": torch.zeros(2)}, tmp_path / "other.safetensors")
    for name in ("other.safetensors", "none.safetensors"):
        with pytest.raises(CheckpointError, match=name):
            StoredWeights.read(tmp_path / name)
