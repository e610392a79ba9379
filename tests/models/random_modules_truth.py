"""What a random module looks up, and its rows by plain autograd in float64."""

import torch
from models.random_modules import CHANGES, FIRST_DIGIT, PAD, PLACES, RETURNS, STOP, WINDOW, D, V


def looked_up(module, ids):
    """The ids that are looked up, (L,), and where in the text each comes from, or None."""
    if module.read in CHANGES:
        return CHANGES[module.read](ids[None])[0], list(range(len(ids)))
    places = PLACES.get(module.read, PLACES["as they come"])(len(ids))
    filler = STOP if module.read == "begins with a token" else PAD
    return torch.tensor([filler if n is None else int(ids[n]) for n in places]), places


def own_probabilities(module, ids):
    """What the module itself says, (S, C): S = 1 where there is one output."""
    with torch.no_grad():
        found = module(ids[None])
    found = found["logits"] if isinstance(found, dict) else found
    found = (found[0] if isinstance(found, tuple) else found).reshape(-1, module.classes)
    return found if module.returns in ("softmax", "sigmoid") else found.softmax(-1)


def true_rows(module, ids, k):
    """The norm of d quantity[s, k] / d one-hot input t, (S, T), by autograd written out."""
    read, places = looked_up(module, ids)
    table = module.table.weight.detach()
    vectors = table[read].clone().requires_grad_()
    if module.read.startswith("bag"):
        mode = module.read.removeprefix("bag, ")
        entered = getattr(vectors, mode)(0) if mode != "max" else vectors.max(0).values
        entered = entered[None]
    elif module.read == "windows":
        entered = vectors.reshape(len(ids), WINDOW, D)
    else:
        entered = vectors[None]
    explained = RETURNS[module.returns][1](module.rest(entered, len(ids)))
    explained = explained.reshape(-1, module.classes)
    rows = torch.zeros(len(explained), len(ids), dtype=table.dtype)
    if not explained.requires_grad or module.cut == "inference_mode":
        return rows
    for s, each in enumerate(explained[:, k]):
        (slots,) = torch.autograd.grad(each, vectors, retain_graph=True, allow_unused=True)
        if slots is None:
            continue
        at_tokens = torch.zeros(len(ids), D, dtype=table.dtype)
        for slot, n in zip(slots, places, strict=True):
            if n is not None:
                at_tokens[n] += slot
        rows[s] = (at_tokens @ table.T).norm(dim=1)
    return rows


def moves(module, ids):
    """Which inputs move which outputs when another symbol stands there, bool (S, T)."""
    before = own_probabilities(module, ids)
    moved = torch.zeros(len(before), len(ids), dtype=torch.bool)
    for n in range(len(ids)):
        for other in range(FIRST_DIGIT, V):
            changed = ids.clone()
            changed[n] = other
            moved[:, n] |= (own_probabilities(module, changed) - before).abs().amax(1) > 1e-6
    return moved
