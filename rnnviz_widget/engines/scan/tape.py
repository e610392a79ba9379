"""What a module does with a text, as operations whose backward passes are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from rnnviz_widget.engines.torch_calls import TorchCalls
from rnnviz_widget.recurrences import diagonal, outer_products
from rnnviz_widget.recurrences.outer_products import step_inputs

from .by_step import ByStep, by_step
from .elementwise_scan import ElementwiseScan
from .links import Value, find_links, share_sums
from .operations import Convolution, Norm, Operation, Product, TimeOperation
from .selective_scan import SelectiveScan


class Tape(TorchCalls):
    """Records the operations of a module while it reads a text.

    They are linear layers, norms, convolutions over the last few steps, and scans. At each the
    graph of autograd is cut: what an operation makes is a leaf. What a module does between two of
    them must be elementwise (`find_links`), as activations, gates, residuals and slices are.

    Args:
        embedded: What the module reads, (T, D), a leaf.

    Attributes:
        embedded: That.
        operations: In the order in which they were called.
        read: What was made for the outputs; set by `end`.
    """

    read: Value

    def __init__(self, embedded: Tensor) -> None:
        super().__init__()
        self._length = len(embedded)
        self._random = embedded.new_empty(0, 0)
        self.embedded = self._value(embedded, 0)
        self.operations: list[Operation] = []
        self._made = [self.embedded]
        self._recorded: dict[Any, Callable[..., Tensor]] = {
            functional.linear: self._linear,
            functional.layer_norm: self._layer_norm,
            functional.rms_norm: self._rms_norm,
            functional.conv1d: self._convolution,
            diagonal: self._diagonal,
            outer_products: self._outer_products,
        }

    def call(self, func: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """See `TorchCalls`."""
        recorded = self._recorded.get(func)
        given = (*args, *kwargs.values())
        if recorded is None or not any(
            isinstance(each, Tensor) and each.requires_grad for each in given
        ):
            return func(*args, **kwargs)
        return recorded(*args, **kwargs)

    def end(self, read: Tensor) -> None:
        """What gradients begin at was made, (T, ..).

        Raises:
            ValueError: If something else was done than what operations are known for.
        """
        self.read = self._value(read, 0)
        self._link(self.read)
        reads = [each.reads[0] for each in self.operations if isinstance(each, Norm)]
        share_sums([*reads, self.read])
        if not any(isinstance(each, TimeOperation) for each in self.operations):
            raise ValueError("no scan was called")
        layers = {each.makes: each for each in self.operations if isinstance(each, Product)}
        for each in self.operations:
            if isinstance(each, ElementwiseScan):
                each.form_products(layers)
        # Their graphs are not needed any more.
        for value in (self.read, *(each for one in self.operations for each in one.values)):
            value.tensor = value.tensor.detach().new_empty(0)

    @property
    def carried(self) -> int:
        """How many numbers of each row are carried from span to span."""
        return sum(each.carried for each in self.operations if isinstance(each, TimeOperation))

    def _value(self, tensor: Tensor, axis: int, shift: int = 0) -> Value:
        return Value(tensor, by_step(tensor, self._length, axis, shift))

    def _link(self, read: Value) -> Value:
        width = read.width
        if width > self._random.shape[1]:
            generator = torch.Generator().manual_seed(width)
            shape = self._length, width
            self._random = torch.randn(shape, generator=generator).to(read.tensor)
        read.links = find_links(read, self._made, self._random[:, :width])
        return read

    def _reads(self, tensor: Tensor, axis: int, shift: int = 0) -> Value:
        return self._link(self._value(tensor, axis, shift))

    def _makes(self, tensor: Tensor, axis: int, steps: ByStep | None = None) -> Value:
        steps = steps or by_step(tensor, self._length, axis)
        value = Value(tensor.detach().requires_grad_(), steps)
        self._made.append(value)
        return value

    def _done(self, operation: Operation) -> Tensor:
        self.operations.append(operation)
        # A module may write to what it gets, which it may not to a leaf.
        return operation.makes.tensor.clone()

    def _linear(self, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:  # noqa: A002
        _refuse_gradients(weight, bias)
        made = functional.linear(input.detach(), weight, bias)
        return self._done(Product(self._reads(input, -2), self._makes(made, -2), weight))

    def _layer_norm(
        self,
        input: Tensor,  # noqa: A002
        normalized_shape: Sequence[int],
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        eps: float = 1e-5,
    ) -> Tensor:
        _refuse_gradients(weight, bias)
        made = functional.layer_norm(input.detach(), normalized_shape, weight, bias, eps)
        read, made_value = self._reads(input, -2), self._makes(made, -2)
        return self._done(Norm(read, made_value, weight, eps, centred=True))

    def _rms_norm(
        self,
        input: Tensor,  # noqa: A002
        normalized_shape: Sequence[int],
        weight: Tensor | None = None,
        eps: float | None = None,
    ) -> Tensor:
        _refuse_gradients(weight)
        made = functional.rms_norm(input.detach(), list(normalized_shape), weight, eps)
        eps = torch.finfo(input.dtype).eps if eps is None else eps
        read, made_value = self._reads(input, -2), self._makes(made, -2)
        return self._done(Norm(read, made_value, weight, eps, centred=False))

    def _convolution(  # noqa: PLR0917 - as it is called
        self,
        input: Tensor,  # noqa: A002
        weight: Tensor,
        bias: Tensor | None = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Tensor:
        _refuse_gradients(weight, bias)
        made = functional.conv1d(input.detach(), weight, bias, stride, padding, dilation, groups)
        before = weight.shape[-1] - 1
        plain = [_one(stride), _one(dilation), groups] == [1, 1, weight.shape[0]]
        # The text is padded by the convolution, which then reads on after its end, or before it.
        lengths = self._length, self._length + before
        inside = (input.shape[-1], made.shape[-1]) == lengths and _one(padding) == before
        outside = (input.shape[-1], made.shape[-1]) == lengths[::-1] and _one(padding) == 0
        if not plain or not (inside or outside):
            raise ValueError("a convolution is not one over the steps before")
        read = self._value(input, -1, -before if outside else 0)
        self._link(read)
        steps = ByStep(made.shape, made.ndim - 1, 0, self._length)
        return self._done(Convolution(read, self._makes(made, -1, steps), weight))

    def _diagonal(self, keep: Tensor, new: Tensor, start: Tensor | None = None) -> Tensor:
        _refuse_gradients(start)
        made = diagonal(keep.detach(), new.detach(), start)
        kept, added = self._reads(keep.expand(new.shape), 1), self._reads(new, 1)
        return self._done(ElementwiseScan(kept, added, self._makes(made, 1), start))

    def _outer_products(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        *,
        decay: Tensor | None = None,
        rates: Tensor | None = None,
        erase: Tensor | None = None,
    ) -> Tensor:
        _refuse_gradients(rates, erase)
        fixed = [None if each is None else each.detach() for each in (decay, rates)]
        plain = query.detach(), key.detach(), value.detach()
        made = outer_products(*plain, decay=fixed[0], rates=fixed[1], erase=erase)
        every = [self._reads(each, 1) for each in (query, key, value)]
        if decay is not None:
            every.append(self._reads(decay, 1))
        inputs = step_inputs(*plain, *fixed, erase)
        return self._done(SelectiveScan(every, self._makes(made, 1), inputs))


def _refuse_gradients(*weights: Tensor | None) -> None:
    if any(each is not None and each.requires_grad for each in weights):
        raise ValueError("a weight is made of the text")


def _one(sizes: Any) -> Any:
    """The only one of a tuple; strings are padding by name."""
    return sizes[0] if isinstance(sizes, tuple) else sizes
