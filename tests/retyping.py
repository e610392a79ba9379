"""What exchanging an input does, by really retyping a text: the definition, slow and obvious."""

import torch
from engines.test_sweep import make
from small import LETTERS

import rnnviz_widget as rv
from rnnviz_widget.engines import make_method, method_engine

TEXT = "the study of grammar is that of the forms of words and of us"
IDS = torch.tensor([LETTERS.index(one) for one in TEXT])
CLASSES = 7


def frequencies(ids, symbols):
    counts = torch.bincount(ids, minlength=symbols).double() + 1
    return counts / counts.sum()


def retyped(module, ids, explained, weights, k=slice(None)):
    """The definition: each input typed anew as each symbol, the whole text read again.

    Args:
        module: Maps ids (B, T) to logits (B, T, V).
        ids: The text, (T,).
        explained: Maps logits (T, V) to what is explained at each output, (T,), or (T, V).
        weights: How frequent each symbol is.
        k: Which class that is.
    """
    ids = torch.as_tensor(ids)
    with torch.no_grad():
        own = explained(module(ids[None])[0])
        found = torch.zeros(len(ids), len(ids), dtype=own.dtype)
        for t in range(len(ids)):
            texts = ids.repeat(len(weights), 1)
            texts[:, t] = torch.arange(len(weights))
            others = torch.stack([explained(each) for each in module(texts)])
            change = own - others
            if change.ndim == 3:
                change = change[..., k]
            found[:, t] = (weights.to(own)[:, None] * change).sum(0)
    return found.tril().numpy()


def pairs(length, classes):
    return [(s % classes, (s + 1 + s % 3) % classes) for s in range(length)]


def difference(targets):
    one, other = torch.tensor(targets).T
    each = torch.arange(len(targets))
    return lambda logits: logits[each, one] - logits[each, other]


def stack(kind, layers=2):
    """With weights so large that what an input did is there for long."""
    module = make(1, [(kind, 8, layers, True)], 27, 5, CLASSES, batch_first=True, deep=False)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            # A projection that is as large would let rounding grow without limit.
            parameter.mul_(1 if "weight_hr" in name else 3)
    return module


def exchanging(engine, module, ids, symbols, name="exchange", **options):
    network = rv.SequenceModel(module, [str(n) for n in range(symbols)], [*"abcdefg"]).network
    return method_engine(network, ids, engine, make_method(name, **options))
