"""Whatever a caller has set in torch, numbers are the model's own, and the settings stay."""

import contextlib
import copy

import numpy as np
import pytest
import torch
from small import LETTERS, Written, recurrent
from widgets import explorer_of, rows_of

import rnnviz_widget as rv
from rnnviz_widget.engines.torch_state import _WITHOUT_TF32, clean_torch

TEXT = "read under any setting"


@contextlib.contextmanager
def default_dtype(dtype):
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextlib.contextmanager
def deterministic():
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


@contextlib.contextmanager
def flushed():
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@contextlib.contextmanager
def gradients_off():
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    try:
        yield
    finally:
        torch.set_grad_enabled(before)


@contextlib.contextmanager
def device_set(device):
    torch.set_default_device(device)
    try:
        yield
    finally:
        torch.set_default_device(None)


@contextlib.contextmanager
def everything():
    with default_dtype(torch.float64), torch.inference_mode(), torch.autocast("cpu"):
        yield


SETTINGS = {
    "inference mode": torch.inference_mode,
    "no_grad": torch.no_grad,
    "set_grad_enabled(False)": gradients_off,
    "float64 by default": lambda: default_dtype(torch.float64),
    "float16 by default": lambda: default_dtype(torch.float16),
    "bfloat16 by default": lambda: default_dtype(torch.bfloat16),
    "autocast": lambda: torch.autocast("cpu"),
    "autocast to float16": lambda: torch.autocast("cpu", dtype=torch.float16),
    # A tensor of ours that did not say where it is would be on no device at all.
    "another default device": lambda: device_set("meta"),
    "deterministic algorithms": deterministic,
    "anomaly detection": torch.autograd.detect_anomaly,
    "no denormal numbers": flushed,
    "several of them": everything,
}


def explored(module, path):
    model = rv.SequenceModel(module, LETTERS, name="m")
    widget = rv.explore(model, TEXT, position=9)
    found = {"hovered": explorer_of(widget).rows_at(15)[0][1]}
    found["looked at"] = explorer_of(widget).preview(5, "e").answer[0][1]
    widget.bake()
    for s in (8, 20):
        found[f"filled {s}"] = rows_of(widget)[s]
    widget.target = "e"
    widget.text = TEXT[::-1]
    widget.measure = "grad_x_input"
    found["changed"] = widget.connectivity().scores
    found["odds"] = explorer_of(widget).caches[0].reading.predictions.all_odds(4)
    widget.refresh()
    found["refreshed"] = widget.connectivity().scores
    widget.save_html(path / "page.html")
    widget.close()
    return found


def connected(module, path):
    model = rv.SequenceModel(module, LETTERS, name="m")
    measures = ("norm", "embedding_norm", "grad_x_input", "occlusion", "integrated_gradients")
    found = {}
    for measure in measures:
        c = rv.connectivity(model, TEXT, measure=measure, target=rv.TOP)
        found[measure] = c.scores
        found[measure + " p"] = c.target_probabilities
    c.save(path / "c.npz")
    c.save(path / "c.svg")
    return found


def evaluated(module, path):
    model = rv.SequenceModel(module, LETTERS, name="m")
    e = rv.evaluate(model, [TEXT, TEXT[5:]], start=3, progress=False, keep=path / "kept.json")
    return {"evaluation": np.array([e.cross_entropy().value, e.reach().value])}


def by_vectors(module, path):
    del path
    steps = np.linspace(-1, 1, 36).reshape(3, 12).tolist()
    model = rv.SequenceModel.from_vectors(module.head, steps, outputs=LETTERS)
    return {"vectors": rv.connectivity(model, model.text, measure="grad_x_input").scores}


def sent(module, path):
    if isinstance(module, Written):
        return {}
    model = rv.SequenceModel(module, LETTERS, name="m")
    widget = rv.explore(model, TEXT)
    widget.save_html(path / "live.html", live=True)
    live = widget.shared(live="half").live[0]
    return {"sent": np.frombuffer(live["weights"], np.uint8)}


def distance(found, right):
    """The largest difference, in units of the largest magnitude."""
    return np.abs(found.astype(float) - right).max() / np.abs(right.astype(float)).max()


USES = [explored, connected, evaluated, by_vectors, sent]


@pytest.mark.filterwarnings("ignore:Anomaly Detection")
@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("make", [recurrent, Written])
def test_numbers_are_the_same_under_any_setting(make, use, tmp_path):
    module = make()
    right = use(copy.deepcopy(module), tmp_path)
    for name, setting in SETTINGS.items():
        (tmp_path / name).mkdir()
        with setting():
            found = use(copy.deepcopy(module), tmp_path / name)
        for what, numbers in right.items():
            assert found[what].dtype == numbers.dtype, (name, what)
            assert distance(found[what], numbers) < 1e-5, (name, what)


@pytest.mark.parametrize("engine", ["sweep", "autograd"])
def test_a_module_made_in_inference_mode_is_served(engine):
    right = rv.connectivity(rv.SequenceModel(recurrent(), LETTERS), TEXT, engine=engine)
    with torch.inference_mode():
        module = recurrent()
    found = rv.connectivity(rv.SequenceModel(module, LETTERS), TEXT, engine=engine)
    assert distance(found.scores, right.scores) < 1e-4


class Telling(Written):
    """Tells under what it runs."""

    def __init__(self):
        super().__init__()
        self.settings = set()

    def __deepcopy__(self, memo):
        other = Telling()
        other.load_state_dict(self.state_dict())
        other.settings = self.settings
        return other

    def forward(self, ids):
        self.settings.add((torch.get_default_device().type, torch.is_autocast_enabled("cpu")))
        return super().forward(ids)


def test_the_module_runs_under_the_default_device_that_it_was_handed_over_under():
    module = Telling()
    with device_set("meta"):
        model = rv.SequenceModel(module, LETTERS)
        widget = rv.explore(model, TEXT)
    widget.bake()
    rv.connectivity(model, TEXT)
    widget.close()
    assert module.settings == {("meta", False)}


class Casting(Written):
    """Computes its logits in half precision by itself."""

    def forward(self, ids):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return super().forward(ids).float()


def test_autocast_of_the_module_itself_is_kept():
    module = Casting()
    plain = Written()
    plain.load_state_dict(module.state_dict())
    right = rv.connectivity(rv.SequenceModel(module, LETTERS), TEXT).scores
    with torch.autocast("cpu"):
        found = rv.connectivity(rv.SequenceModel(module, LETTERS), TEXT).scores
    single = rv.connectivity(rv.SequenceModel(plain, LETTERS), TEXT).scores
    # How far half precision is from single depends on the processor's kernels.
    rounding = distance(right, single)
    assert rounding > 1e-4
    assert distance(found, right) < rounding / 4


def settings_now():
    return (
        torch.is_inference_mode_enabled(),
        torch.is_grad_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.are_deterministic_algorithms_enabled(),
        torch.is_anomaly_enabled(),
    )


@pytest.mark.filterwarnings("ignore:Anomaly Detection")
@pytest.mark.parametrize("name", SETTINGS)
def test_the_settings_of_the_caller_stay(name):
    model = rv.SequenceModel(recurrent(), LETTERS)
    with SETTINGS[name]():
        before = settings_now()
        widget = rv.explore(model, TEXT)
        parts = explorer_of(widget).caches[0].reading.fill(range(len(TEXT)), patience=0.0)
        for _ in parts:
            assert settings_now() == before
        assert settings_now() == before
        model.refresh()
        assert settings_now() == before


@pytest.mark.parametrize("allowed", [True, False])
def test_a_gpus_tf32_is_off_until_the_last_has_computed(monkeypatch, allowed):
    """As if torch had begun to use a GPU; what cuDNN is told is kept without one, too."""
    cudnn = torch.backends.cudnn
    before = cudnn.allow_tf32
    cudnn.allow_tf32 = allowed
    try:
        with clean_torch():
            assert cudnn.allow_tf32 is allowed
        monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
        with clean_torch():
            # What another thread does meanwhile, which may be the last to leave.
            _WITHOUT_TF32.__enter__()
            assert not cudnn.allow_tf32
        assert not cudnn.allow_tf32
        _WITHOUT_TF32.__exit__()
        assert cudnn.allow_tf32 is allowed
    finally:
        cudnn.allow_tf32 = before
