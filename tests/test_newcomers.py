"""Mistakes of a first hour: each error says what was expected, what came, and what to do."""

from pathlib import Path

import numpy as np
import pytest
import torch
from small import LETTERS, Recurrent, recurrent
from torch import nn

import rnnviz_widget as rv

TEXT = "the cat sat on the mat"


def model(module=None, **options):
    return rv.SequenceModel(module or recurrent(), **{"inputs": LETTERS, **options})


class Returns(Recurrent):
    """Returns something made of its logits."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def forward(self, ids):
        return self.change(super().forward(ids)[0])


class Reads(Recurrent):
    """Reads something made of the ids."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def forward(self, ids):
        return super().forward(self.change(ids))


class TenPositions(Recurrent):
    def __init__(self):
        super().__init__()
        self.places = nn.Embedding(10, 5)

    def forward(self, ids):
        embedded = self.embedding(ids) + self.places(torch.arange(ids.shape[1]))
        return self.head(self.cell(embedded)[0])


def lazy():
    return nn.Sequential(nn.Embedding(27, 5), nn.LazyLinear(27))


def no_cuda(ids):
    raise AssertionError("Torch not compiled with CUDA enabled")


OWN = "rv.SequenceModel(module, inputs=symbols, outputs=classes)"

MISTAKES = {
    # The symbols.
    "a number of symbols": (lambda: model(inputs=27), "got int 27: pass the symbols themselves"),
    "a set of symbols": (lambda: model(inputs=set(LETTERS)), "got set, which has no order"),
    "a tensor of ids": (
        lambda: model(inputs=torch.arange(27)),
        "got Tensor: pass the symbols as strings, as tensor.tolist()",
    ),
    "an array of symbols": (lambda: model(inputs=np.array(list(LETTERS))), "ndarray.tolist()"),
    "numbers as symbols": (
        lambda: model(inputs=list(range(27))),
        "number 0 is 0 (int). Numbers are written as strings: list(map(str, numbers))",
    ),
    "too few symbols": (
        lambda: model(inputs=LETTERS[:9]),
        (
            "27 logits a position, but there are 9 output classes; pass outputs= with one name for "
            "each logit. Without outputs= the classes are the inputs: all symbols"
        ),
    ),
    "one class as a string": (
        lambda: model(outputs="noun"),
        "A string is one symbol a character: longer ones go into a list",
    ),
    "more symbols than are embedded": (
        lambda: model(recurrent(symbols=10)),
        "ids up to 14, and embedding has 10 rows; pass as many symbols as it embeds",
    ),
    "no symbols": (lambda: rv.SequenceModel(recurrent()), "needs inputs. inputs: The input symb"),
    "symbols under another name": (
        lambda: rv.SequenceModel(recurrent(), vocab=LETTERS),
        "has no argument 'vocab'; here it is called 'inputs'. The input symbols in id order",
    ),
    # The module.
    "a path as a module": (
        lambda: model("model.pt"),
        (
            "got str 'model.pt'. Make the module and load its weights into it with "
            "module.load_state_dict(torch.load(path))"
        ),
    ),
    "another path": (lambda: model(Path("model.pt")), "Path 'model.pt'. Make the module and load"),
    "a state dict": (
        lambda: model(recurrent().state_dict()),
        "got OrderedDict, as a state dict is, which has weights only. Make the module",
    ),
    "a class": (lambda: model(Recurrent), "got the class Recurrent. Pass a module that it makes"),
    "a function": (lambda: model(lambda ids: ids), "got function. Put the code that computes"),
    "weights without numbers": (
        lambda: model(Recurrent().to("meta")),
        "embedding.weight of Recurrent is on the device meta, which holds no numbers",
    ),
    "a lazy layer": (lambda: model(lazy()), "1.weight of Sequential has no size yet"),
    "an argmax": (
        lambda: model(Returns(lambda logits: logits.argmax(-1))),
        "these are whole numbers (torch.int64), as an argmax gives: return the numbers",
    ),
    "an array": (
        lambda: model(Returns(lambda logits: logits.detach().numpy())),
        "got ndarray, which has no gradient: return the tensor",
    ),
    "nothing": (lambda: model(Returns(lambda logits: None)), "got NoneType; pass forward="),
    "a recurrent layer in a Sequential": (
        lambda: model(nn.Sequential(nn.Embedding(27, 5), nn.GRU(5, 5), nn.Linear(5, 27))),
        "a recurrent layer returns a pair, its output and its state",
    ),
    "a bare layer": (
        lambda: model(nn.LSTM(27, 27, batch_first=True)),
        "it has no embedding for ids: if it reads one-hot vectors pass one_hot=True",
    ),
    "a device that is not there": (
        lambda: model(Reads(no_cuda)),
        (
            "Torch not compiled with CUDA enabled; make new tensors in its forward on the device "
            "of what it reads, device=ids.device"
        ),
    ),
    "the device as an argument": (
        lambda: model(device="cuda"),
        "has no argument 'device'; move the module before: module.to(\"cuda\")",
    ),
    "a truth that there is not": (lambda: model(truth="words"), "did you mean 'word'?"),
    # The text.
    "a list as a text": (
        lambda: rv.explore(model(), list(TEXT)),
        'got list: pass one string, as "',
    ),
    "ids as a text": (
        lambda: rv.explore(model(), torch.tensor([[1, 2]])),
        "got Tensor: pass the text itself; the model finds the ids",
    ),
    "bytes": (lambda: rv.explore(model(), b"the cat"), "got bytes: pass text.decode()"),
    "a path as a text": (
        lambda: rv.explore(model(), Path("text.txt")),
        "pass what the file holds, path.read_text() of 'text.txt'",
    ),
    "no text": (lambda: rv.explore(model()), "explore() needs text. text: The text that all"),
    "an empty text": (lambda: rv.explore(model(), ""), "text is empty; pass at least one"),
    "capitals": (
        lambda: rv.explore(model(), "The cat"),
        f"does not know 'T' at 0; it knows '{LETTERS}'. Change the text, or pass unknown=",
    ),
    "a text that is too long": (
        lambda: rv.explore(model(TenPositions()), TEXT),
        (
            "and places has 10 rows; pass as many symbols as it embeds, in the order of their "
            "ids, and a text that is not too long for it"
        ),
    ),
    # What is shown.
    "a module as a model": (
        lambda: rv.explore(recurrent(), TEXT),
        f"got Recurrent. Wrap a torch module as {OWN}",
    ),
    "the name of a bundled model": (
        lambda: rv.explore({"GRU": "GRU"}, TEXT),
        "got str. Pass rv.load_pretrained('gru')",
    ),
    "the text first": (
        lambda: rv.explore(TEXT, model()),
        f"Wrap a torch module as {OWN}; it stands before the text",
    ),
    "two models without a list": (
        lambda: rv.explore(model(), model(), TEXT),
        (
            "explore() takes models and text without a name, and all others as name=value; got 3 "
            "without a name. models: One model, several by name, or a list"
        ),
    ),
    "two models of one name": (
        lambda: rv.explore([model(), model()], TEXT),
        "two models are called 'Recurrent'; pass a dict to name them: {name: model}",
    ),
    "a model that is not bundled": (
        lambda: rv.load_pretrained("gpt2"),
        "there is no pretrained model 'gpt2'; there are 'gru', 'lstm'",
    ),
    "what to do with such a model": (
        lambda: rv.load_pretrained("gpt2"),
        "one of transformers as rv.SequenceModel.from_transformers(model, tokenizer)",
    ),
    "a bundled model in capitals": (
        lambda: rv.load_pretrained("LSTM"),
        "did you mean 'lstm'?",
    ),
    "a misspelt measure": (
        lambda: rv.explore(model(), TEXT, measure="nrom"),
        "got 'nrom'; did you mean 'norm'?",
    ),
    "an engine that there is not": (
        lambda: rv.explore(model(), TEXT, engine="sweeps"),
        "engine must be one of 'auto', 'sweep', 'scan', 'autograd'; got 'sweeps'; did you mean",
    ),
    "a class that there is not": (
        lambda: rv.explore(model(), TEXT, target="zebra"),
        f"'zebra' is not among the model's 27 output classes, '{LETTERS}'",
    ),
    "a misspelt argument": (
        lambda: rv.explore(model(), TEXT, postion=3),
        "explore() has no argument 'postion'; did you mean 'position'?",
    ),
    "a misspelt trait": (
        lambda: setattr(rv.explore(model(), TEXT), "postion", 3),
        "the widget has no 'postion'; did you mean 'position'?",
    ),
    # What is shared.
    "widgets in place of the path": (
        lambda: rv.save_html([rv.explore(model(), TEXT)], "page.html"),
        "expected a path and a list of widgets, as rv.save_html(path, [w]); got list and str",
    ),
    "a widget without a list": (
        lambda: rv.save_html("page.html", rv.explore(model(), TEXT)),
        "as rv.save_html(path, [w]); got str and ExplorerWidget",
    ),
    "a model in place of a widget": (
        lambda: rv.story(model()),
        "expected an explorer widget, as rv.explore(model, text) makes one; got SequenceModel",
    ),
    "a matrix without its text": (
        lambda: rv.from_rows([[1, 0], [1, 1]]),
        "A matrix of scores stands beside its text: (text, scores)",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_what_to_do(mistake):
    makes, words = MISTAKES[mistake]
    kinds = (TypeError, ValueError, RuntimeError, AttributeError)
    with pytest.raises(kinds) as told:
        makes()
    assert words in str(told.value)


def test_names_that_no_trait_is_near_to_may_be_set():
    widget = rv.explore(model(), TEXT)
    widget.note_to_self = "kept"
    assert widget.note_to_self == "kept"


def test_a_widget_in_a_terminal_says_what_it_is():
    widget = rv.explore({"one": model(), "two": model()}, TEXT)
    assert repr(widget) == (
        "ExplorerWidget(one, two; 22 characters): a notebook shows it, and save_html(path) writes "
        "a page"
    )
