"""One model at several points of its training: from folders, lists and files of several kinds."""

import copy

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from small import seeded
from torch import nn

import rnnviz_widget as rv

LETTERS = " abcdefghijklmnopqrstuvwxyz"
TEXT = "a text to read"


class Small(nn.Module):
    def __init__(self, units=6):
        super().__init__()
        self.embedding = nn.Embedding(len(LETTERS), 4)
        self.layer = nn.GRU(4, units, batch_first=True)
        self.head = nn.Linear(units, len(LETTERS))

    def forward(self, ids):
        return self.head(self.layer(self.embedding(ids))[0])


def modules(count=4):
    return [seeded(Small, seed=seed) for seed in range(count)]


def model_of(module):
    return rv.SequenceModel(module, LETTERS, name="small")


def same_rows(model, module):
    ours = rv.connectivity(model, TEXT).scores
    return np.allclose(ours, rv.connectivity(model_of(module), TEXT).scores, rtol=1e-6, atol=1e-9)


def test_modules_and_state_dicts_in_a_list():
    own, *others = modules()
    states = [others[0], others[1].state_dict(), copy.deepcopy(others[2].state_dict())]
    before = copy.deepcopy(own.state_dict())
    model = model_of(own)
    checkpoints = rv.Checkpoints(model, states)
    assert len(checkpoints) == 3
    assert checkpoints.labels == ("0", "1", "2")
    for k, module in enumerate(others):
        assert same_rows(checkpoints[k], module)
    assert same_rows(checkpoints[-1], others[-1])
    assert [one.name for one in checkpoints[:2]] == ["small", "small"]
    assert same_rows(model, own)
    assert all(torch.equal(value, before[name]) for name, value in own.state_dict().items())


def test_a_refresh_of_a_checkpoint_keeps_its_weights():
    own, other = modules(2)
    model = rv.Checkpoints(model_of(own), [other])[0]
    with torch.no_grad():
        own.head.bias += 1
        other.head.bias += 1
    model.refresh()
    assert not same_rows(model, own)
    other.head.bias.data -= 1
    assert same_rows(model, other)


def test_a_folder_in_the_order_of_its_numbers(tmp_path):
    own, *others = modules(5)
    save_file(others[0].state_dict(), tmp_path / "model-step-9.safetensors")
    torch.save(others[1].state_dict(), tmp_path / "model-step-10.pt")
    torch.save({"state_dict": others[2].state_dict(), "epoch": 3}, tmp_path / "model-step-200.pth")
    torch.save({"model": others[3].state_dict()}, tmp_path / "model-step-1000.bin")
    (tmp_path / "log.txt").write_text("no checkpoint")
    checkpoints = rv.Checkpoints(model_of(own), tmp_path)
    assert checkpoints.labels == ("9", "10", "200", "1000")
    for k, module in enumerate(others):
        assert same_rows(checkpoints[k], module)
    named = rv.Checkpoints(model_of(own), str(tmp_path), labels=["a", "b", "c", "d"])
    assert named.labels == ("a", "b", "c", "d")


def test_of_many_some_are_taken_evenly_with_both_ends(tmp_path):
    for step in range(10_000):
        (tmp_path / f"step-{step}.pt").touch()
    checkpoints = rv.Checkpoints(model_of(modules(1)[0]), tmp_path, most=5)
    assert checkpoints.labels == ("0", "2500", "5000", "7499", "9999")
    assert checkpoints.left_out == 9_995


def test_a_damaged_file_is_named_and_the_others_can_be_read(tmp_path):
    own, other = modules(2)
    torch.save(other.state_dict(), tmp_path / "1.pt")
    (tmp_path / "2.pt").write_bytes((tmp_path / "1.pt").read_bytes()[:200])
    (tmp_path / "3.safetensors").write_bytes(b"damaged")
    torch.save([1, 2], tmp_path / "4.pt")
    torch.save({"epoch": 3}, tmp_path / "5.pt")
    checkpoints = rv.Checkpoints(model_of(own), tmp_path)
    assert same_rows(checkpoints[0], other)
    for k, file in ((1, "2.pt"), (2, "3.safetensors")):
        with pytest.raises(ValueError, match=rf"checkpoint {k + 1} .*{file} can't be read"):
            checkpoints[k]
    with pytest.raises(ValueError, match=r"holds no state dict: .* got list"):
        checkpoints[3]
    with pytest.raises(ValueError, match="got a mapping with epoch"):
        checkpoints[4]


def test_other_shapes_and_names_are_said():
    own = modules(1)[0]
    wider, renamed = Small(units=7).state_dict(), own.state_dict()
    renamed = {name.replace("head", "top"): value for name, value in renamed.items()}
    checkpoints = rv.Checkpoints(model_of(own), [wider, renamed])
    with pytest.raises(ValueError, match=r"weight_ih_l0 is \(21, 4\), in the module \(18, 4\)"):
        checkpoints[0]
    with pytest.raises(ValueError, match=r"head.weight is missing; .* top.weight is not in"):
        checkpoints[1]
    with pytest.raises(IndexError):
        checkpoints[2]


def test_what_is_no_checkpoint_is_refused(tmp_path):
    model = model_of(modules(1)[0])
    with pytest.raises(TypeError, match="a module, a state dict, or the path of a file; got int"):
        rv.Checkpoints(model, [1])
    with pytest.raises(ValueError, match="there is no checkpoint"):
        rv.Checkpoints(model, [])
    with pytest.raises(ValueError, match=r"expected files in \.safetensors"):
        rv.Checkpoints(model, tmp_path)
    with pytest.raises(NotADirectoryError, match="is no folder"):
        rv.Checkpoints(model, tmp_path / "nothing")
    with pytest.raises(ValueError, match="2 checkpoints need as many labels; got 1"):
        rv.Checkpoints(model, modules(2), labels=["one"])
    with pytest.raises(ValueError, match="most must be an integer, 2 at least"):
        rv.Checkpoints(model, modules(2), most=1)
    with pytest.raises(TypeError, match="of a SequenceModel"):
        rv.Checkpoints(modules(1)[0], modules(2))


class Unique(Small):
    def __deepcopy__(self, memo):
        raise RuntimeError("there can be only one")


def test_a_module_that_can_not_be_copied_has_no_checkpoints():
    module = Unique()
    checkpoints = rv.Checkpoints(model_of(module), [module.state_dict()])
    with pytest.raises(ValueError, match="can't be copied, so it can't have other weights"):
        checkpoints[0]
