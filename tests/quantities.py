"""Quantities by plain autograd, which knows nothing of the package."""

import torch

QUANTITIES = ("logit", "centred", "log_prob")


def number(logits, k, of, *, by_itself=False):
    """What is explained of class k, of logits (V,); or of a pair, whose logits are compared."""
    if isinstance(k, tuple):
        return logits[k[0]] - logits[k[1]]
    if of == "logit":
        return logits[k]
    if of == "centred":
        return logits[k] - logits.mean()
    p = torch.sigmoid(logits[k]) if by_itself else torch.exp(logits)[k] / torch.exp(logits).sum()
    return torch.log(p)


def truth(after, table, ids, rows, targets, measure, of, **options):
    """Rows of connectivity, (N, T), and each row's largest term.

    Args:
        after: Embedded tokens (T, D) to logits (T, V).
        table: The embedding, (V_in, D).
        ids, rows, targets: The text, outputs, and what is explained at each.
        measure, of: By name.
        options: See `number`.
    """
    one_hot = torch.eye(len(table), dtype=table.dtype)[ids].requires_grad_()
    embedded = one_hot @ table.detach()
    logits = after(embedded)
    found, peaks = [], []
    for s, k in zip(rows, targets, strict=True):
        y = number(logits[s], k, of, **options)
        at_symbol, at_embedded = torch.autograd.grad(y, (one_hot, embedded), retain_graph=True)
        terms = at_embedded * embedded.detach()
        row = {
            "norm": at_symbol.norm(dim=1),
            "squared": at_symbol.square().sum(1),
            "embedding_norm": at_embedded.norm(dim=1),
            "grad_x_input": terms.sum(1),
        }[measure]
        found.append(row)
        # Where a sum cancels, its terms are the measure of what precision is left.
        peaks.append((terms.abs().sum(1) if measure == "grad_x_input" else row).max())
    return torch.stack(found).numpy(), torch.stack(peaks).numpy().clip(1e-300)
