"""Weights that are kept packed: the same bits, and never those of other weights."""

import pytest
import torch

from rnnviz_widget.engines.sweep import products
from rnnviz_widget.engines.sweep.packed_weights import PackedWeights

SIZES = [(200, 33), (768, 256), (27, 96), (8192, 64)]


@pytest.fixture
def packing():
    found = PackedWeights(products.by_onednn)
    if not (products._onednn_works() and found.works):
        pytest.skip("oneDNN packs no weights here")
    return found


def twice(packing, weight, rows=2):
    """The weight as few rows are multiplied by it the second time."""
    packing.packed(weight, rows)
    return packing.packed(weight, rows)


@torch.no_grad()
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_products_have_the_bits_of_those_of_many_rows(packing, size):
    weight, bias = torch.randn(size), torch.randn(size[0])
    rows = torch.randn(200, size[1])
    whole = products.linear(rows, weight, bias)
    packed = twice(packing, weight)
    assert packed is not weight
    for count in (2, 3, 8):
        assert torch.equal(products.by_onednn(rows[:count], packed, bias), whole[:count])


@torch.no_grad()
def test_linear_of_one_row_is_the_same_each_time():
    weight, bias, rows = torch.randn(96, 40), torch.randn(96), torch.randn(30, 40)
    whole = products.linear(rows, weight, bias)
    for _ in range(3):
        assert torch.equal(products.linear(rows[4:5], weight, bias), whole[4:5])


@torch.no_grad()
def test_a_weight_is_packed_the_second_time(packing):
    weight = torch.randn(20, 30)
    assert packing.packed(weight, 2) is weight
    packed = packing.packed(weight, 2)
    assert packed is not weight
    assert packing.packed(weight, 2) is packed
    # A parameter and its values share their memory.
    assert packing.packed(weight.detach(), 1) is packed
    assert packing.packed(weight, 9) is weight


@torch.no_grad()
def test_a_weight_that_changed_is_packed_anew(packing):
    layer = torch.nn.Linear(30, 20)
    rows = torch.randn(2, 30)
    twice(packing, layer.weight)
    layer.load_state_dict({"weight": torch.ones(20, 30), "bias": torch.zeros(20)})
    for _ in range(3):
        made = products.by_onednn(rows, packing.packed(layer.weight, 2))
        torch.testing.assert_close(made, rows.sum(1, keepdim=True).expand(2, 20))


@torch.no_grad()
def test_parts_of_one_memory_are_told_apart(packing):
    both, rows = torch.randn(2, 20, 30), torch.randn(2, 30)
    for part in (both[0], both[1], both[0], both[0], both[1], both.view(40, 30)):
        made = products.by_onednn(rows, packing.packed(part, 2))
        torch.testing.assert_close(made, rows @ part.T)


def test_large_weights_and_those_of_inference_mode_are_not_kept(packing):
    large = torch.empty(1).expand(2**23 + 1, 1)
    assert twice(packing, large) is large
    with torch.inference_mode():
        uncounted = torch.randn(20, 30)
        assert twice(packing, uncounted) is uncounted


@torch.no_grad()
def test_where_weights_cannot_be_packed_they_are_multiplied_as_they_are():
    def refuses(rows, weight, bias):
        if weight.is_mkldnn:
            raise RuntimeError
        return products.by_onednn(rows, weight, bias)

    def rounds_otherwise(rows, weight, bias):
        return products.by_onednn(rows, weight, bias) + weight.is_mkldnn

    for multiply in (refuses, rounds_otherwise):
        weight, packing = torch.randn(20, 30), PackedWeights(multiply)
        assert twice(packing, weight) is weight
