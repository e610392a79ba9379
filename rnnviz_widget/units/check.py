"""rv.check_unit: can a recurrent or arithmetic unit learn at all, and over how many steps?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.engines import clean_torch
from rnnviz_widget.models import SequenceModel

from .calling import StepForward, UnitCall
from .find_call import find_call
from .of_data import check_on_data
from .of_text import read_by_layer
from .of_weights import Settings, check_at_start
from .record import UnitCheck
from .weight_draws import Made, WeightDraws


def check_unit(
    unit: Made | SequenceModel,
    text: str | None = None,
    *,
    inputs: Tensor | None = None,
    layer: str | None = None,
    input_size: int | None = None,
    hidden_size: int | None = None,
    batch_first: bool | None = None,
    forward: StepForward | None = None,
    steps: int = 96,
    sequences: int = 4,
    draws: int = 12,
    mean: float = 0.0,
    std: float = 1.0,
    changes: bool = True,
    seed: int = 0,
) -> UnitCheck:
    """Check a recurrent or arithmetic unit: its moments, gates, and gradients along time.

    At the start: the first weights are drawn again and again, and the unit reads normal inputs. How
    far a gradient comes backwards along time is the norm by lag,

        ||dh_t/dh_(t-k)||_F / sqrt(n),

    h its whole state, n numbers; the exponent is the slope of the logarithm of it, and the memory
    length -1/exponent. Predictions by mean-field theory or by derivation stand beside what was
    sampled, where there are some (docs/units.md has the formulas). If gradients vanish or explode,
    changes of the weights are tried, and what helps most is said with what it does.

    On data: with a trained `SequenceModel` and a text, or with `inputs`, the weights stay as they
    are, and gradients are taken back from several places.

    Args:
        unit: A cell or layer: `cell(x, state)` with x (B, D), `layer(x, state)` with x (T, B, D) or
            (B, T, D), or `unit(x)` without a state. How it is called is found out. Or a function
            without arguments that makes one, as `lambda: MyCell(16, 32)`: needed where no
            `reset_parameters` draws all of its weights. It is copied, and computed with in double
            precision. Or a `SequenceModel`, with a text.
        text: The text that the model reads.
        inputs: Instead of a text: what the unit reads, (T, B, D), or (T, D) for one sequence.
        layer: Which recurrent layer of the model is checked; default: the only one.
        input_size: D; default: what the unit's `input_size` or `in_features` says.
        hidden_size: The size of its state, of a cell that must be given one and does not say.
        batch_first: Whether a layer reads (B, T, D); default: found out.
        forward: How one step is run, if that can't be found out: maps the module, x (B, D) and the
            state, None at first, to the new state, or to the output and the new state.
        steps: The number of steps of each sequence; three quarters of them are gone back.
        sequences: The number of sequences of each draw.
        draws: The number of draws of the weights; 16 times as many for units without a state.
        mean: The mean of the inputs.
        std: Their standard deviation.
        changes: Whether changes of the weights are tried.
        seed: Of the weights, inputs and gradients. torch's own random state is not changed.

    Returns:
        All figures; printing it shows tables, and `plot()` draws it.

    Raises:
        TypeError: If the unit is no module and makes none, or an argument is of the wrong type.
        ValueError: If it can't be found out how it is called; if it reads in both directions; if an
            argument is out of range; or if the model has no recurrent layer, or several.
        FloatingPointError: If it gives NaN or infinity at its first steps already, in every draw.

    Example:
        >>> print(check_unit(torch.nn.LSTM(16, 32)))  # doctest: +SKIP
    """
    settings = _settings(steps, sequences, draws, mean, std, seed, changes=changes)
    stated = {
        "input_size": input_size,
        "hidden_size": hidden_size,
        "batch_first": batch_first,
        "forward": forward,
    }
    if isinstance(unit, SequenceModel):
        if text is None or inputs is not None:
            raise TypeError(
                "a SequenceModel is checked on a text: rv.check_unit(model, text); to check its "
                "layer at the start, pass the layer itself"
            )
        with torch.random.fork_rng(devices=[]):
            name, module, inputs = read_by_layer(unit, text, layer)
        name = f"{unit.name}, {name}"
    else:
        if text is not None or layer is not None:
            raise TypeError(
                "a text and layer= go with a SequenceModel: rv.check_unit(model, text); pass "
                "inputs= to a unit by itself"
            )
        module, name = unit, ""
    with clean_torch(), torch.random.fork_rng(devices=[]):
        weights = WeightDraws(module, seed)
        served = _served(weights.own, inputs, stated)
        name = name or served.name
        if inputs is None:
            return check_at_start(name, served.call, weights, served.place, settings)
        own = served.place.of(weights.own)
        return check_on_data(name, served.call, own, served.inputs(inputs), settings)


@dataclass(frozen=True)
class Place:
    """The device and the dtype in which a unit is computed with."""

    device: torch.device
    dtype: torch.dtype | None

    def of(self, module: nn.Module) -> nn.Module:
        """The module there, which is changed."""
        return module.to(self.device, self.dtype)


@dataclass(frozen=True)
class _Served:
    name: str
    call: UnitCall
    place: Place

    def inputs(self, given: Tensor) -> Tensor:
        dtype = self.place.dtype or given.dtype
        return given.detach().to(self.place.device, dtype)


def _served(module: nn.Module, inputs: Tensor | None, stated: dict[str, Any]) -> _Served:
    """Find how a unit is called: in double precision on the CPU, else as it is."""
    if inputs is not None:
        _check_inputs(inputs)
        stated = stated | {"input_size": inputs.shape[-1]}
    tensors = [t for t in (*module.parameters(), *module.buffers()) if t.is_floating_point()]
    device, dtype = (tensors[0].device, tensors[0].dtype) if tensors else (torch.device("cpu"), None)
    ways = [Place(torch.device("cpu"), torch.float64), Place(torch.device("cpu"), dtype)]
    first: ValueError | None = None
    for place in (*ways, Place(device, dtype)):
        try:
            call = find_call(place.of(module), **stated)
        except ValueError as error:
            first = first or error
            continue
        return _Served(_name_of(module), call, place)
    assert first is not None
    raise first


def _name_of(module: nn.Module) -> str:
    words = " ".join(repr(module).split())
    return words if len(words) <= 60 else type(module).__name__


def _check_inputs(inputs: Tensor) -> None:
    if not isinstance(inputs, Tensor):
        raise TypeError(f"inputs must be a tensor (T, B, D) or (T, D); got {type(inputs).__name__}")
    if inputs.dim() not in (2, 3) or not inputs.is_floating_point() or not inputs.numel():
        raise ValueError(
            f"inputs must be floating numbers (T, B, D) or (T, D), one at least; got "
            f"{inputs.dtype} {tuple(inputs.shape)}"
        )


def _settings(
    steps: int,
    sequences: int,
    draws: int,
    mean: float,
    std: float,
    seed: int,
    *,
    changes: bool,
) -> Settings:
    for name, value, least in (
        ("steps", steps, 8),
        ("sequences", sequences, 1),
        ("draws", draws, 2),
        ("seed", seed, 0),
    ):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{name} must be an integer, {least} at least; got {value!r}")
    if not std >= 0:
        raise ValueError(f"std must be at least 0; got {std!r}")
    return Settings(steps, sequences, draws, mean, std, seed, changes)
