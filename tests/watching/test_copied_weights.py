"""Copies of weights: apart from the module, and waited for where they are only begun."""

import torch
from small import recurrent
from torch import nn

from rnnviz_widget.watching.copied_weights import CopiedWeights, not_finite, shapes_of


def test_a_copy_is_apart_from_the_module():
    module = recurrent("gru")
    copied = CopiedWeights.of(module, 3, 5.0)
    true = {name: one.clone() for name, one in module.state_dict().items()}
    with torch.no_grad():
        module.head.weight.zero_()
    found = copied.on_cpu()
    assert found.keys() == true.keys()
    assert all(torch.equal(found[name], one) for name, one in true.items())
    assert not any(one.requires_grad for one in found.values())
    assert (copied.step, copied.when) == (3, 5.0)


def test_what_is_no_tensor_is_left_out():
    class Counts(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(2))

        def get_extra_state(self):
            return {"seen": 3}

        def set_extra_state(self, state):
            pass

    assert list(CopiedWeights.of(Counts(), 0, 0.0).tensors) == ["weight"]


def test_a_copy_that_was_only_begun_is_waited_for():
    class Event:
        waited = False

        def synchronize(self):
            self.waited = True

    event = Event()
    CopiedWeights(1, 0.0, {"w": torch.zeros(2)}, event).on_cpu()
    assert event.waited


def test_shapes_and_lost_numbers_in_words():
    tensors = {"n": torch.tensor(3), "w": torch.tensor([[1.0, float("inf")]])}
    assert shapes_of(tensors) == {"n": [[], "int64"], "w": [[1, 2], "float32"]}
    assert not_finite(tensors) == "1 of 2 numbers in w are NaN or infinite"
    assert not_finite({"n": tensors["n"]}) == ""
