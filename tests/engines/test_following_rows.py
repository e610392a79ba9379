"""Rows behind others: the numbers of a copy, in shared memory where that is safe."""

import gc
import weakref

import pytest
import torch

from rnnviz_widget.engines.sweep.cells.following_rows import followed, joined


def memory_of(tensor):
    return tensor.untyped_storage().data_ptr()


def grown():
    """Rows that have room behind them."""
    return followed(torch.randn(5, 3), 5, torch.randn(1, 3))


@pytest.mark.parametrize("kept", [0, 3, 5, 6])
@pytest.mark.parametrize("shape", [(6,), (6, 4), (6, 2, 4)])
def test_it_is_the_rows_kept_and_then_the_others(kept, shape):
    for before in (torch.randn(shape), followed(torch.randn(shape), 5, torch.randn(1, *shape[1:]))):
        for count in (1, 4, 200):
            was, then = before.clone(), torch.randn(count, *shape[1:])
            found = followed(before, kept, then)
            assert torch.equal(found, torch.cat([before[:kept], then]))
            assert found.is_contiguous()
            assert torch.equal(before, was)


def test_letters_typed_one_by_one_are_written_behind_the_others():
    text = grown()
    first, expected = text, text.clone()
    for _ in range(60):
        # As states are: the last one known is repeated.
        then = torch.cat([text[-1:], torch.randn(1, 3)])
        expected = torch.cat([expected, then[1:]])
        text = followed(text, len(text) - 1, then)
        assert torch.equal(text, expected)
        assert memory_of(text) == memory_of(first)
    assert torch.equal(first, expected[:6])


def test_two_texts_that_go_on_from_the_same_one_do_not_meet():
    text = grown()
    one, other = (followed(text, 6, torch.full((2, 3), value)) for value in (1.0, 2.0))
    assert memory_of(one) == memory_of(text) != memory_of(other)
    assert one[6:].eq(1).all()
    assert other[6:].eq(2).all()
    assert torch.equal(followed(text, 6, torch.zeros(1, 3))[:6], text)
    assert one[6:].eq(1).all()


def test_rows_that_are_left_out_are_not_written_over():
    text = grown()
    was = text.clone()
    shorter = followed(text, 4, torch.ones(1, 3))
    other = followed(text, 4, torch.ones(3, 3))
    assert torch.equal(text, was)
    assert torch.equal(shorter, torch.cat([was[:4], torch.ones(1, 3)]))
    assert torch.equal(other, torch.cat([was[:4], torch.ones(3, 3)]))


def test_gradients_of_a_text_hold_while_another_goes_on_from_it():
    text, weight = grown(), torch.randn(3, requires_grad=True)
    read = (text * weight).square().sum()
    followed(text, 6, torch.randn(1, 3))
    read.backward()
    torch.testing.assert_close(weight.grad, (2 * text.square() * weight).sum(0).detach())


def test_several_are_joined_each_with_its_own():
    before, then = [torch.randn(4, 2), torch.randn(4)], [torch.randn(2, 2), torch.randn(2)]
    for found, one, other in zip(joined(before, 3, then), before, then, strict=True):
        assert torch.equal(found, torch.cat([one[:3], other]))
    with pytest.raises(ValueError, match="argument"):
        joined(before, 3, then[:1])


def test_memory_is_freed_with_the_texts_that_share_it():
    text = grown()
    longer = followed(text, 6, torch.randn(1, 3))
    storage = weakref.ref(longer.untyped_storage())
    del text
    gc.collect()
    assert storage() is not None
    del longer
    gc.collect()
    assert storage() is None
