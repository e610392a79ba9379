"""rv.check_unit: can a recurrent or arithmetic unit learn at all, and over how many steps?"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from rnnviz_widget.calls import suggest_arguments
from rnnviz_widget.engines import clean_torch
from rnnviz_widget.models import SequenceModel

from .calling import StepForward, UnitCall
from .check_at_start import DrawSettings, UnitAtStart
from .check_on_data import check_on_data
from .find_call import find_call
from .layer_inputs import read_by_layer
from .unit_check import UnitCheck
from .weight_draws import DeviceAndDtype, Made, WeightDraws


@suggest_arguments(module="unit", model="unit")
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
        draws: The number of draws of the weights; 64 times as many for units without a state.
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
        FloatingPointError: If it gives NaN or infinity at its first step already, in every draw; on
            data, within the first eight steps.

    Example:
        >>> print(check_unit(torch.nn.LSTM(16, 32)))  # doctest: +SKIP
    """
    settings = _checked(DrawSettings(steps, sequences, draws, mean, std, seed, changes))
    stated = {
        "input_size": input_size,
        "hidden_size": hidden_size,
        "batch_first": batch_first,
        "forward": forward,
    }
    module: Made
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
        call = _find_call(weights, inputs, stated)
        name = name or _name_of(weights.own)
        if inputs is None:
            return UnitAtStart(name, call, weights, settings).check()
        place = weights.place
        read = inputs.detach().to(place.device, place.dtype)
        return check_on_data(name, call, weights.own, read, settings)


def _find_call(weights: WeightDraws, inputs: Tensor | None, stated: dict[str, Any]) -> UnitCall:
    """How a unit is called: in double precision on the CPU if that goes, else as it is."""
    if inputs is not None:
        _check_inputs(inputs)
        stated = stated | {"input_size": inputs.shape[-1]}
    own = weights.own
    tensors = [t for t in (*own.parameters(), *own.buffers()) if t.is_floating_point()]
    dtype = tensors[0].dtype if tensors else None
    places = [
        DeviceAndDtype(torch.device("cpu"), torch.float64),
        DeviceAndDtype(torch.device("cpu"), dtype),
    ]
    places += [DeviceAndDtype(tensors[0].device, dtype)] if tensors else []
    first: ValueError | None = None
    for place in places:
        try:
            call = find_call(place.of(own), **stated)
        except ValueError as error:
            first = first or error
            continue
        weights.place = place
        return call
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


def _checked(settings: DrawSettings) -> DrawSettings:
    """The settings.

    Raises:
        ValueError: If one is out of range.
    """
    for name, least in (("steps", 8), ("sequences", 1), ("draws", 2), ("seed", 0)):
        value = getattr(settings, name)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"{name} must be an integer, {least} at least; got {value!r}")
    if not (math.isfinite(settings.std) and settings.std >= 0 and math.isfinite(settings.mean)):
        raise ValueError(
            f"mean must be a number and std one that is not below 0; got {settings.mean!r} and "
            f"{settings.std!r}"
        )
    return settings
