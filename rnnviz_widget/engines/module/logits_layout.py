"""Finding the logits in what a module returned."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from .probabilities import LogitsReader, Scale
from .squashing import Squash

_NESTED = (
    "the module must return logits, a mapping or an object that holds them as logits, or a tuple "
    "that starts with them; got {got}; pass forward=lambda module, {reads}: ... that returns them"
)


class OutputShape(enum.Enum):
    """How logits are laid out for a batch of B texts of T tokens and V classes."""

    EACH = "one for each token, (B, T, V) or (T, B, V)"
    FLAT = "one for each token in one long list, (B * T, V) or (T * B, V)"
    WHOLE = "one for the whole text, (B, V)"


@dataclasses.dataclass(frozen=True)
class Logits:
    """The logits found in what a module returned.

    Attributes:
        each: The logits, (B, T, V); one output for the whole text is repeated at every token.
        shape: How they were laid out.
        place: The name or index under which they were found; None: they were all that was returned.
        tensor: The tensor that holds them.
        returned: The numbers as returned, which may be probabilities.
        one_of_two: Whether that was one number for two classes.
        inference: Whether it was made in inference mode, so that there is no gradient.
    """

    each: Tensor
    shape: OutputShape
    place: object
    tensor: Tensor
    returned: Tensor
    one_of_two: bool
    inference: bool


@dataclasses.dataclass(frozen=True)
class LogitsLayout:
    """How a module is called, and what it is expected to return.

    Attributes:
        batch_first: Whether the batch axis comes before the time axis.
        classes: The number of classes, V.
        shape: How the logits are laid out; None: not known yet.
        place: The name or index under which they were found the first time.
        scale: What the numbers are; None: not known yet.
        reads: What the module is called with, in a word: ids or vectors.
    """

    batch_first: bool
    classes: int
    shape: OutputShape | None = None
    place: object = None
    scale: Scale | None = None
    reads: str = "ids"

    @property
    def independent_classes(self) -> bool:
        """Whether each class is right or wrong by itself (sigmoid): a logit is its log-odds."""
        return self.scale is not None and self.scale.by_itself

    @property
    def logits_may_share(self) -> bool:
        """Whether a term may be added to all logits without changing the prediction."""
        return self.scale is None or not (self.scale.by_itself or self.scale.is_probability)

    @property
    def may_squash(self) -> bool:
        """Whether the module may return probabilities."""
        return self.scale is None or self.scale.is_probability

    def logits(
        self, output: object, copies: int, length: int, made: Sequence[Squash] = ()
    ) -> Logits:
        """Find the logits in what a module returned.

        Args:
            output: What it returned.
            copies: How many texts it read, B.
            length: How many tokens each has, T.
            made: The softmaxes and sigmoids that were computed.

        Raises:
            TypeError: If there are no logits in it.
            ValueError: If they have another shape.
        """
        place, returned = self._choose(output, copies, length)
        inference = returned.is_inference() and not torch.is_inference_mode_enabled()
        reader = LogitsReader(self.scale, made)
        returned = self._with_classes(returned, copies, length, reader)
        found = reader.logits(returned)
        if one_of_two := reader.is_one_of_two(returned, self.classes):
            found = torch.cat([-found, found], dim=-1)
        # Autograd can't use a tensor made in inference mode; it can use a copy.
        found = found.clone() if inference else found
        layout = self._shape_of(found, copies, length)
        if layout is None or found.shape[-1] != self.classes:
            raise ValueError(self._wrong(found, copies, length, layout))
        if layout is OutputShape.WHOLE:
            each = found.unsqueeze(1).expand(copies, length, -1)
        elif self.batch_first:
            each = found.reshape(copies, length, -1)
        else:
            each = found.reshape(length, copies, -1).transpose(0, 1)
        return Logits(each, layout, place, found, returned, one_of_two, inference)

    def _with_classes(
        self, returned: Tensor, copies: int, length: int, reader: LogitsReader
    ) -> Tensor:
        """Add the axis of classes if one number an output came without it, as after squeeze(-1)."""
        shape = tuple(returned.shape)
        alone = [(), (length,)] if copies == 1 else []
        if shape not in ((copies,), (copies, length), (length, copies), *alone):
            return returned
        if shape[-1:] == (self.classes,) and self._shape_of(returned, copies, length) is not None:
            return returned
        one = returned.reshape(1, 1) if shape == () else returned.unsqueeze(-1)
        fits = self.classes == 1 or reader.is_one_of_two(one, self.classes)
        return one if fits else returned

    def _shape_of(self, found: Tensor, copies: int, length: int) -> OutputShape | None:
        """The layout of logits of this shape; None: it fits none."""
        before = tuple(found.shape[:-1])
        fits = found.ndim > 0 and found.shape[-1] == self.classes
        layouts = []
        if before == ((copies, length) if self.batch_first else (length, copies)):
            layouts.append(OutputShape.EACH)
        if fits and before == (copies * length,):
            layouts.append(OutputShape.FLAT)
        if fits and before == (copies,):
            layouts.append(OutputShape.WHOLE)
        if self.shape is not None:
            return self.shape if self.shape in layouts else None
        return layouts[0] if layouts else None

    def _choose(self, output: object, copies: int, length: int) -> tuple[object, Tensor]:
        """The tensor that holds the logits, or that should hold them, after its name or index."""
        if isinstance(output, Tensor):
            return None, output
        named = _named(output)
        tensors = {name: each for name, each in named.items() if isinstance(each, Tensor)}
        for name in (self.place, "logits"):
            if name in tensors:
                return name, tensors[name]
        fitting = [
            (name, each)
            for name, each in tensors.items()
            if self._shape_of(each, copies, length) is not None
        ]
        if isinstance(output, (tuple, list)):
            if tensors:
                return (fitting or list(tensors.items()))[0]
        else:
            fitting = [(name, each) for name, each in fitting if each.shape[-1] == self.classes]
            if len(fitting) == 1:
                return fitting[0]
        got = _shown(output, named)
        if hasattr(output, "__array__"):
            got += ", which has no gradient: return the tensor, without .detach() and .numpy()"
        raise TypeError(_NESTED.format(got=got, reads=self.reads))

    def _wrong(self, found: Tensor, copies: int, length: int, layout: OutputShape | None) -> str:
        classes, shape = self.classes, tuple(found.shape)
        one = ""
        if classes == 2 and shape[-1:] == (1,):
            one = ', or returns="log_odds" where the one number is that of the second class'
        if layout is OutputShape.EACH:
            otherwise = ". Without outputs= the classes are the inputs: all symbols, by their ids"
            return (
                f"the module returns {shape[-1]} logits a position, but there are {classes} output "
                f"classes; pass outputs= with one name for each logit{one}"
                f"{otherwise if self.reads == 'ids' else ''}"
            )
        batch, letters = copies, "(1, T, V)"
        expected = (batch, length, classes)
        if not self.batch_first:
            expected, letters = (length, batch, classes), "(T, 1, V)"
        hint = f"pass forward=lambda module, {self.reads}: ... that returns them so"
        if not (found.is_floating_point() or found.is_complex()):
            hint = (
                f"these are whole numbers ({found.dtype}), as an argmax gives: return the numbers "
                "that it is taken of"
            )
        elif shape == (batch, classes, length):
            hint = f"pass forward=lambda module, {self.reads}: module({self.reads}).transpose(1, 2)"
        elif shape == (expected[1], expected[0], classes):
            hint = f"pass batch_first={not self.batch_first}"
        elif shape[:-1] in ((batch,), (batch * length,)):
            hint = f"pass outputs= with one name for each of {shape[-1]} logits{one}, or {hint[5:]}"
        which = "" if self.shape is None else f", {self.shape.value} as at first"
        return (
            f"logits must have shape {letters} = {expected}, or (T, V), or (1, V) where there is "
            f"one output for the whole text{which}; got {shape} "
            f"(batch_first={self.batch_first}); {hint}"
        )


def _named(output: object) -> dict[Any, Any]:
    """What a container holds, by name or index."""
    if isinstance(output, Mapping):
        return dict(output)
    if isinstance(output, (tuple, list)):
        names = getattr(output, "_fields", range(len(output)))
        return dict(zip(names, output, strict=True))
    if dataclasses.is_dataclass(output):
        return {field.name: getattr(output, field.name) for field in dataclasses.fields(output)}
    return {"logits": getattr(output, "logits", None)}


def _shown(output: object, named: Mapping[Any, Any]) -> str:
    def each() -> Iterator[str]:
        for name, value in named.items():
            what = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
            yield f"{name}: {what}"

    held = ", ".join(each())
    plain = not isinstance(output, (tuple, list, Mapping)) and not dataclasses.is_dataclass(output)
    return type(output).__name__ if plain else f"{type(output).__name__} of {held or 'nothing'}"
