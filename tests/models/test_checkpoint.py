import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from rnnviz_widget.models import CELLS, checkpoint
from rnnviz_widget.models.autocomplete import SYMBOLS, Autocomplete

WORDS = ["the", "of", "and", "one", "in"]


def trained(cell="gru", **changes):
    module = Autocomplete(cell=cell, units=4, layers=2, classes=len(WORDS), embedding_size=3)
    given = {"symbols": SYMBOLS, "classes": WORDS, "about": {"seconds": 3}}
    return checkpoint.Trained(module, **(given | changes))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "model.safetensors"
    checkpoint.save(path, trained())
    return path


def metadata_of(path):
    size = int.from_bytes(path.read_bytes()[:8], "little")
    return json.loads(path.read_bytes()[8 : 8 + size])["__metadata__"]


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_comes_back_rounded_to_half_precision(tmp_path, cell):
    before = trained(cell)
    checkpoint.save(tmp_path / "m.safetensors", before)
    after = checkpoint.load(tmp_path / "m.safetensors")
    assert (after.symbols, after.classes, after.about) == (SYMBOLS, WORDS, {"seconds": 3})
    assert after.module.config == before.module.config
    assert not after.module.training
    for name, value in before.module.state_dict().items():
        came = after.module.state_dict()[name]
        assert came.dtype == torch.float32
        assert torch.equal(came, value.half().float())


def test_the_file_takes_two_bytes_a_weight(path):
    assert {value.dtype for value in load_file(path).values()} == {torch.float16}


def test_saving_leaves_the_model_as_it_was_and_nothing_beside_the_file(tmp_path):
    before = trained()
    kept = {name: value.clone() for name, value in before.module.state_dict().items()}
    checkpoint.save(tmp_path / "m.safetensors", before)
    assert all(torch.equal(kept[n], v) for n, v in before.module.state_dict().items())
    assert [file.name for file in tmp_path.iterdir()] == ["m.safetensors"]


def test_loading_draws_no_random_number(path):
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    checkpoint.load(path)
    assert torch.equal(torch.rand(2), expected)


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="expected a safetensors file"):
        checkpoint.load(tmp_path / "none.safetensors")


@pytest.mark.parametrize("size", [0, 4, 100, -1])
def test_a_cut_off_file(path, size):
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(ValueError, match=r"may be cut off.*export it again"):
        checkpoint.load(path)


def test_a_file_of_another_kind(tmp_path):
    save_file({"weight": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match=r"of the kind None, expected 'rnnviz_widget autoc"):
        checkpoint.load(tmp_path / "other.safetensors")


@pytest.mark.parametrize("name", ["config", "symbols", "classes", "about"])
def test_missing_metadata_is_named(path, name):
    metadata = metadata_of(path)
    del metadata[name]
    save_file(load_file(path), path, metadata)
    with pytest.raises(ValueError, match=f"lacks {name} in its metadata"):
        checkpoint.load(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("config", "{"),
        ("config", json.dumps({"cell": "gru"})),
        ("config", json.dumps({"cell": "gru", "units": 6, "layers": 2, "classes": 5})),
        ("config", json.dumps({"cell": "abacus", "units": 4, "layers": 2, "classes": 5})),
        ("config", json.dumps({"cell": "gru", "units": 4, "layers": 2, "classes": 5, "depth": 2})),
        ("config", "[1]"),
    ],
)
def test_metadata_that_does_not_fit_the_weights(path, name, value):
    save_file(load_file(path), path, metadata_of(path) | {name: value})
    with pytest.raises(ValueError, match="does not fit together"):
        checkpoint.load(path)


def test_a_vocabulary_of_another_size(path):
    save_file(load_file(path), path, metadata_of(path) | {"classes": json.dumps(WORDS[:3])})
    with pytest.raises(ValueError, match="names 27 symbols and 3 classes, expected 27 and 5"):
        checkpoint.load(path)


def test_saving_refuses_a_vocabulary_of_another_size(tmp_path):
    with pytest.raises(ValueError, match="the model has 5 classes, but 2 were given"):
        checkpoint.save(tmp_path / "m.safetensors", trained(classes=["a", "b"]))


def test_saving_refuses_weights_beyond_half_precision(tmp_path):
    big = trained()
    with torch.no_grad():
        big.module.head.bias[1] = 1e6
    with pytest.raises(ValueError, match=r"head\.bias has values that half precision"):
        checkpoint.save(tmp_path / "m.safetensors", big)
