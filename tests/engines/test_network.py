"""The user's module is never touched; what does not fit is said in words."""

import copy
import threading

import numpy as np
import pytest
import torch
from small import LETTERS, Recurrent, recurrent, seeded
from torch import nn

import rnnviz_widget as rv
from rnnviz_widget.engines import Network

TEXT = "a text to read"


def state_of(module):
    return {
        "mode": {name: m.training for name, m in module.named_modules()},
        "requires_grad": {name: p.requires_grad for name, p in module.named_parameters()},
        "grad": {
            name: None if p.grad is None else p.grad.clone()
            for name, p in module.named_parameters()
        },
        "weights": {name: p.detach().clone() for name, p in module.named_parameters()},
        "pointers": {name: p.data_ptr() for name, p in module.named_parameters()},
        "device": {name: p.device for name, p in module.named_parameters()},
        "hooks": {
            name: (len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks))
            for name, m in module.named_modules()
        },
        "rng": torch.get_rng_state(),
    }


def same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b


class Uncopyable(Recurrent):
    def __deepcopy__(self, memo):
        raise TypeError("a handle to a file")


class Noisy(Recurrent):
    def forward(self, ids):
        logits, _ = super().forward(ids)
        return logits + torch.rand_like(logits), _


@pytest.mark.parametrize("make", [Recurrent, Uncopyable, Noisy])
def test_the_module_is_left_as_it_was(make):
    module = make("lstm", 2)
    module.train()
    module.drop.eval()
    module.embedding.weight.requires_grad_(False)
    module(torch.tensor([[1, 2, 3]]))[0].sum().backward()
    before = state_of(module)
    model = rv.SequenceModel(module, LETTERS)
    rv.connectivity(model, TEXT)
    widget = rv.explore(model, TEXT)
    widget.position = 3
    widget.refresh()
    widget.close()
    assert same(before, state_of(module))


def test_grad_mode_of_the_caller_does_not_matter():
    model = rv.SequenceModel(recurrent("gru"), LETTERS)
    expected = rv.connectivity(model, TEXT).scores
    with torch.no_grad():
        assert (rv.connectivity(model, TEXT).scores == expected).all()
    with torch.inference_mode():
        assert (rv.connectivity(model, TEXT).scores == expected).all()
        fresh = rv.SequenceModel(recurrent("gru"), LETTERS)
        assert (rv.connectivity(fresh, TEXT).scores == expected).all()


def test_the_copy_keeps_its_weights_until_refreshed():
    module = recurrent("gru")
    model = rv.SequenceModel(module, LETTERS)
    before = rv.connectivity(model, TEXT, target="e").scores
    with torch.no_grad():
        module.head.weight.mul_(2)
    assert (rv.connectivity(model, TEXT, target="e").scores == before).all()
    model.refresh()
    after = rv.connectivity(model, TEXT, target="e").scores
    torch.testing.assert_close(torch.tensor(after), 2 * torch.tensor(before))


def test_a_module_that_cant_be_copied_is_used_in_turns():
    module = Uncopyable("gru")
    model = rv.SequenceModel(module, LETTERS)
    twin = rv.SequenceModel(copy_of(module), LETTERS)
    assert "could not be copied (TypeError: a handle to a file)" in model.network.notes[0]
    expected = rv.connectivity(twin, TEXT, target="e").scores
    np.testing.assert_allclose(
        rv.connectivity(model, TEXT, target="e").scores, expected, rtol=1e-4, atol=1e-6
    )
    entered = threading.Event()
    with model.network.lock:
        thread = threading.Thread(
            target=lambda: (rv.connectivity(model, TEXT), entered.set()), daemon=True
        )
        thread.start()
        assert not entered.wait(0.1)
    assert entered.wait(10)


def copy_of(module):
    twin = Recurrent("gru")
    twin.load_state_dict(module.state_dict())
    return twin


def test_randomness_in_eval_mode_is_held_fixed_and_said():
    model = rv.SequenceModel(Noisy("gru"), LETTERS)
    assert "draws random numbers" in model.network.notes[0]
    first = rv.connectivity(model, TEXT)
    second = rv.connectivity(model, TEXT)
    assert first.predictions == second.predictions
    assert not rv.SequenceModel(recurrent("gru"), LETTERS).network.notes


def test_dropout_is_off():
    module = recurrent("gru").train()
    model = rv.SequenceModel(module, LETTERS)
    assert rv.connectivity(model, TEXT).predictions == rv.connectivity(model, TEXT).predictions


class Keeping(Recurrent):
    """Keeps what it computed last, as modules that are trained statefully do."""

    def forward(self, ids):
        logits, state = super().forward(ids)
        self.last = {"state": [state]}
        return logits, state


def test_a_module_that_keeps_results_is_copied_all_the_same():
    module = seeded(Keeping)
    module(torch.tensor([[1, 2, 3]]))
    kept = module.last["state"][0]
    model = rv.SequenceModel(module, LETTERS)
    assert model.network.capabilities.private
    rv.connectivity(model, TEXT)
    assert module.last["state"][0] is kept
    assert kept.grad_fn is not None


class Two(Recurrent):
    def __init__(self):
        super().__init__()
        self.other = nn.Embedding(27, 5)

    def forward(self, ids):
        return self.head(self.cell(self.embedding(ids) + self.other(ids))[0])


class Counted(nn.Module):
    """Reads its ids as plain numbers."""

    def __init__(self):
        super().__init__()
        self.head = nn.Linear(1, 27)

    def forward(self, ids):
        return self.head(ids[..., None].float())


class Wrapped(nn.Module):
    def __init__(self, result):
        super().__init__()
        self.embedding = nn.Embedding(27, 5)
        self.result = result

    def forward(self, ids):
        return self.result(self.embedding(ids))


@pytest.mark.parametrize(
    ("make", "options", "kind", "words"),
    [
        (lambda: "gru", {}, TypeError, "must be a torch.nn.Module; got str"),
        (
            Two,
            {},
            ValueError,
            "several embeddings are called with the token ids: 'embedding', 'oth",
        ),
        (Counted, {}, ValueError, "no nn.Embedding in this module is called with the token ids"),
        (Recurrent, {"embedding": "table"}, ValueError, "'table' is not a submodule of Recurrent"),
        (Recurrent, {"embedding": "head"}, ValueError, "'head' was not called with the token ids"),
        (lambda: Recurrent(symbols=20), {}, RuntimeError, None),
        (lambda: Recurrent(symbols=20), {"inputs": "abcdefghijklmnopqrstu"}, ValueError, "20 rows"),
        (lambda: Recurrent(classes=30), {}, ValueError, "returns 30 logits a position, but there"),
        (lambda: Wrapped(lambda e: e.sum(1)), {}, ValueError, r"must have shape \(1, T, V\) = "),
        (lambda: Wrapped(lambda e: {"x": e}), {}, TypeError, "tuple that starts with them; got di"),
        (lambda: Wrapped(lambda e: e @ e), {}, RuntimeError, r"failed on ids of shape \(1, 4\)"),
        (Recurrent, {"batch_first": False}, None, None),
    ],
)
def test_what_does_not_fit_is_said(make, options, kind, words):
    options = {"inputs": LETTERS} | options
    inputs = options.pop("inputs")
    if kind is None:
        rv.SequenceModel(make(), inputs, **options)
    elif words is None:
        # Four ids are tried at first; the text's own ids show that the table is too small.
        with pytest.raises((ValueError, RuntimeError)):
            rv.SequenceModel(make(), inputs, **options)
    else:
        with pytest.raises(kind, match=words):
            rv.SequenceModel(make(), inputs, LETTERS if inputs != LETTERS else None, **options)


@pytest.mark.parametrize("batch_first", [True, False])
def test_a_layer_that_is_given_its_text_across_says_so(batch_first):
    def model(batch_first_of_model):
        module = Recurrent("lstm", batch_first=batch_first)
        return rv.SequenceModel(module, LETTERS, batch_first=batch_first_of_model)

    assert model(batch_first).network.notes == []
    (note,) = model(not batch_first).network.notes
    assert f"LSTM has batch_first={batch_first} and reads each token as a text of its own" in note
    assert f"pass batch_first={batch_first}" in note


def test_an_embedding_may_be_named_or_given():
    module = Two()
    for embedding in ("embedding", module.embedding):
        model = rv.SequenceModel(module, LETTERS, embedding=embedding)
        assert rv.connectivity(model, TEXT).scores.any()
        assert model.network.capabilities.embedding_name == "embedding"


def test_networks_serve_from_several_threads():
    model = rv.SequenceModel(recurrent("lstm", 2), LETTERS)
    expected = rv.connectivity(model, TEXT, target="e").scores
    results = []
    threads = [
        threading.Thread(
            target=lambda: results.append(rv.connectivity(model, TEXT, target="e").scores)
        )
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    assert all((scores == expected).all() for scores in results)


def test_hooks_of_the_module_still_shape_its_output():
    module = recurrent("gru")
    plain = rv.connectivity(rv.SequenceModel(copy.deepcopy(module), LETTERS), TEXT, target="e")
    module.head.register_forward_hook(lambda _, __, output: 3 * output)
    hooked = rv.connectivity(rv.SequenceModel(module, LETTERS), TEXT, target="e")
    torch.testing.assert_close(torch.tensor(hooked.scores), 3 * torch.tensor(plain.scores))


def test_a_network_is_ready_to_use_by_itself():
    network = Network(recurrent("gru"), 27, 27)
    ids = torch.tensor([1, 2, 3])
    assert network.logits(ids).shape == (3, 27)
    torch.testing.assert_close(network.logits(ids, network.embed(ids)), network.logits(ids))
