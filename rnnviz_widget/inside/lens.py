"""What each layer's state would predict, if it were the last: the logit lens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from rnnviz_widget.engines import clean_torch
from rnnviz_widget.engines.states.substituted import logits_with
from rnnviz_widget.models import ModelStates, SequenceModel
from rnnviz_widget.reading import check_model
from rnnviz_widget.scene.states import REVERSE
from rnnviz_widget.scene.tokens import Tokens

from .divergence import divergences

Numbers = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class LensLayer:
    """What one layer's state would predict.

    Attributes:
        module: The module's name.
        layer: The layer's number in it.
        fitted: Whether its state was mapped to that of the last layer by A h + b, fitted by least
            squares; else the head reads it as it is.
        log_probabilities: The log probabilities of all classes, in nats, (T, V).
        divergences: KL(p || q) at each token, in nats, (T,): p what the model predicts, q what this
            layer's state would predict.
    """

    module: str
    layer: int
    fitted: bool
    log_probabilities: Numbers
    divergences: Numbers

    @property
    def divergence(self) -> float:
        """The mean of the divergences, in nats."""
        return float(self.divergences.mean())

    def top(self, count: int = 3) -> npt.NDArray[np.integer[Any]]:
        """The likeliest classes at each token, best first, (T, count)."""
        return np.argsort(-self.log_probabilities, axis=1, kind="stable")[:, :count]


@dataclass(frozen=True, eq=False)
class Lens:
    """What each layer's state would predict on one text; see `lens`.

    Attributes:
        tokens: The text as the model reads it.
        classes: The output classes.
        layers: The layers, the lowest first. The last one's is what the model predicts.
    """

    tokens: Tokens
    classes: tuple[str, ...]
    layers: tuple[LensLayer, ...]

    def __repr__(self) -> str:
        each = ", ".join(
            f"layer {each.layer} of {each.module or 'the module'}"
            f"{' (fitted)' if each.fitted else ''} {each.divergence:.3g}"
            for each in self.layers
        )
        return f"Lens({len(self.tokens)} tokens; mean KL in nats: {each})"


def lens(
    model: SequenceModel,
    text: str,
    *,
    fit: str | Sequence[str] | None = None,
    affine: bool | None = None,
) -> Lens:
    """Apply what comes after the last layer to the state of every layer.

    With f what the model makes of the last layer's h (its head), and h_l the state of layer l at
    the same token,

        q_l = softmax f(h_l)               where layer l has as many units as the last layer
        q_l = softmax f(A_l h_l + b_l)     else, with A_l and b_l of the least squares
                                           sum over tokens of ||A_l h_l + b_l - h||^2

    and KL(p || q_l) says how far that is from what the model predicts, p. For a Transformer h_l is
    its residual stream after block l, and f has its final norm in it. Source: nostalgebraist,
    "interpreting GPT: the logit lens", 2020; the affine one after Belrose et al., "Eliciting latent
    predictions from Transformers with the tuned lens", 2023 (arXiv:2303.08112), who minimise the
    divergence itself.

    Args:
        model: A model of classes, with recurrent layers or blocks.
        text: The text.
        fit: The texts that A and b are fitted to. Default: this text itself, by which divergences
            come out too small if it has hardly more tokens than a layer has units.
        affine: True: fit A and b for all layers; False: for none. Default: as above.

    Raises:
        TypeError: If `model` is no `SequenceModel`.
        ValueError: If its states can't be found (see `SequenceModel.states`), it gives one number,
            nothing reads what its last layer makes, or with affine=False a layer has another size.
    """
    check_model(model)
    states = model.states(text)
    layers = tuple(lens_layers(model, states, fit=fit, affine=affine))
    return Lens(states.tokens, model.outputs, layers)


def lens_layers(
    model: SequenceModel,
    states: ModelStates,
    *,
    fit: str | Sequence[str] | None = None,
    affine: bool | None = None,
) -> Iterator[LensLayer]:
    """What each layer's state would predict, one layer after the other; see `lens`."""
    network = model.network
    if network.capabilities.one_number:
        raise ValueError(f"{model.name} gives one number and has no classes to predict")
    fits = [states] if fit is None else [model.states(one) for one in _texts(fit)]
    layers = list(dict.fromkeys((place.module, place.layer) for place in states))
    last = _made(states, layers[-1])
    ids = torch.tensor(states.tokens.ids)
    source = _source(states, layers[-1])

    def predicted(made: Numbers) -> Numbers:
        with clean_torch():
            logits = logits_with(network, ids, source, torch.from_numpy(made)).double()
            logs: Numbers = network.log_probabilities(logits).cpu().numpy()
        return logs

    plain = predicted(last)
    if np.array_equal(plain, predicted(np.zeros_like(last))):
        raise ValueError(
            f"nothing after {source!r} reads what it makes at each token, so that a state can't "
            "take its place"
        )
    for place in layers:
        made = _made(states, place)
        other = made.shape[1] != last.shape[1]
        if other and affine is False:
            raise ValueError(
                f"layer {place[1]} of {place[0]!r} has {made.shape[1]} units and the last layer "
                f"{last.shape[1]}; leave affine=False out to fit a map between them"
            )
        fitted = place != layers[-1] and (other if affine is None else affine)
        if fitted:
            made = _fitted(made, [_made(one, place) for one in fits], fits, layers[-1])
        logs = predicted(made)
        apart = divergences(plain, logs, by_itself=network.capabilities.independent_classes)
        yield LensLayer(*place, fitted, logs, apart)


def _texts(fit: str | Sequence[str]) -> list[str]:
    texts = [fit] if isinstance(fit, str) else list(fit)
    if not texts:
        raise ValueError("fit has no texts; leave it out to fit to the text itself")
    return texts


def _source(states: ModelStates, place: tuple[str, int]) -> str:
    """The submodule that makes what the last layer makes."""
    module, layer = place
    residual = any((p.module, p.kind) == (module, "residual") for p in states)
    return f"{module}.{layer - 1}" if residual else module


def _made(states: ModelStates, place: tuple[str, int]) -> Numbers:
    """What a layer makes, (T, H): both directions side by side."""
    kinds = [p.kind for p in states if (p.module, p.layer) == place]
    made = "residual" if "residual" in kinds else "hidden"
    found = [states[(*place, kind)] for kind in (made, made + REVERSE) if kind in kinds]
    return np.concatenate(found, axis=1)


def _fitted(
    made: Numbers, before: list[Numbers], fits: list[ModelStates], last: tuple[str, int]
) -> Numbers:
    """A h + b, with A and b fitted from a layer's states to those of the last layer."""
    read = np.concatenate(before).astype(np.float64)
    wanted = np.concatenate([_made(one, last) for one in fits]).astype(np.float64)
    with_one = np.concatenate([read, np.ones((len(read), 1))], axis=1)
    weights = np.linalg.lstsq(with_one, wanted, rcond=None)[0]
    found: Numbers = made.astype(np.float64) @ weights[:-1] + weights[-1]
    return found
