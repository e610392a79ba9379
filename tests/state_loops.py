"""Recurrent layers written out by hand, one step and one unit kind at a time, in float64 numpy.

They share nothing with the package: the equations are those of torch's documentation, of the
nested LSTM's paper (arXiv 1801.10308) and of minGRU's (arXiv 2410.01201).
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def parameters(module, layer, end=""):
    """The weights of a layer, zeros for biases that it does not have."""

    def number(name, rows=None):
        value = getattr(module, name + f"_l{layer}" + end, None)
        return np.zeros(rows) if value is None else value.detach().double().numpy()

    w, u = number("weight_ih"), getattr(module, f"weight_hh_l{layer}{end}", None)
    u = np.zeros((0, 0)) if u is None else u.detach().double().numpy()
    return w, u, number("bias_ih", len(w)), number("bias_hh", len(u))


def rnn(module, x, layer, end, change):
    w, u, b, d = parameters(module, layer, end)
    h = np.zeros(u.shape[1])
    for t, x_t in enumerate(x):
        h = w @ x_t + b + u @ h + d
        h = np.tanh(h) if module.nonlinearity == "tanh" else np.maximum(h, 0)
        h = change(t, "hidden", h)
        yield {"hidden": h}


def gru(module, x, layer, end, change):
    w, u, b, d = parameters(module, layer, end)
    h = np.zeros(u.shape[1])
    for t, x_t in enumerate(x):
        (a_r, a_z, a_n), (s_r, s_z, s_n) = np.split(w @ x_t + b, 3), np.split(u @ h + d, 3)
        r = change(t, "reset", sigmoid(a_r + s_r))
        z = change(t, "update", sigmoid(a_z + s_z))
        n = change(t, "candidate", np.tanh(a_n + r * s_n))
        h = change(t, "hidden", (1 - z) * n + z * h)
        yield {"reset": r, "update": z, "candidate": n, "hidden": h}


def lstm(module, x, layer, end, change):
    w, u, b, d = parameters(module, layer, end)
    p = getattr(module, f"weight_hr_l{layer}{end}", None)
    p = np.eye(u.shape[1]) if p is None else p.detach().double().numpy()
    h, c = np.zeros(u.shape[1]), np.zeros(len(u) // 4)
    for t, x_t in enumerate(x):
        i, f, g, o = np.split(w @ x_t + b + u @ h + d, 4)
        i, f = change(t, "input", sigmoid(i)), change(t, "forget", sigmoid(f))
        g, o = change(t, "candidate", np.tanh(g)), change(t, "output", sigmoid(o))
        c = change(t, "cell", f * c + i * g)
        h = change(t, "hidden", p @ (o * np.tanh(c)))
        yield {"input": i, "forget": f, "candidate": g, "output": o, "cell": c, "hidden": h}


def nested(module, x, layer, end, change):
    """Two levels: the memory of the outer one is what the inner one makes."""
    w, u, b, d = parameters(module, layer)
    w2, u2, b2, d2 = parameters(module, layer, "_n1")
    h = c = m = np.zeros(u.shape[1])
    for t, x_t in enumerate(x):
        i, f, g, o = np.split(w @ x_t + b + u @ h + d, 4)
        i, f = change(t, "input", sigmoid(i)), change(t, "forget", sigmoid(f))
        g, o = change(t, "candidate", g), change(t, "output", sigmoid(o))
        j, k, p, q = np.split(w2 @ (i * g) + b2 + u2 @ (f * c) + d2, 4)
        j, k = change(t, "inner_input", sigmoid(j)), change(t, "inner_forget", sigmoid(k))
        p, q = change(t, "inner_candidate", np.tanh(p)), change(t, "inner_output", sigmoid(q))
        m = change(t, "inner_cell", k * m + j * p)
        c = change(t, "cell", q * np.tanh(m))
        h = change(t, "hidden", o * np.tanh(c))
        yield {
            "input": i, "forget": f, "candidate": g, "output": o, "cell": c, "hidden": h,
            "inner_input": j, "inner_forget": k, "inner_candidate": p, "inner_output": q,
            "inner_cell": m,
        }  # fmt: skip


def min_gru(module, x, layer, end, change):
    w, _, b, _ = parameters(module, layer)
    h = np.zeros(len(w) // 2)
    for t, x_t in enumerate(x):
        z, n = np.split(w @ x_t + b, 2)
        keep = change(t, "keep", 1 - sigmoid(z))
        added = change(t, "added", sigmoid(z) * n)
        h = change(t, "hidden", keep * h + added)
        yield {"keep": keep, "added": added, "hidden": h}


LOOPS = {"RNN": rnn, "GRU": gru, "LSTM": lstm, "NestedLSTM": nested, "MinGRU": min_gru}


def unchanged(layer, t, kind, value):
    return value


def by_hand(module, x, change=unchanged):
    """All layers of a recurrent module on vectors x, (T, D).

    Args:
        module: The module.
        x: What it reads.
        change: Gets the layer, the step, the kind and its value; returns what is used instead.

    Returns:
        For each (layer, kind) the values, (T, H), and what the top layer makes.
    """
    loop, found = LOOPS[type(module).__name__], {}
    ways = ("", "_reverse") if getattr(module, "bidirectional", False) else ("",)
    for layer in range(module.num_layers):
        outputs = []
        for end in ways:
            order = slice(None, None, -1 if end else 1)

            def replace(t, kind, value, end=end, layer=layer, x=x):
                return change(layer, len(x) - 1 - t if end else t, kind + end, value)

            steps = list(loop(module, x[order], layer, end, replace))
            for kind in steps[0]:
                found[layer, kind + end] = np.stack([step[kind] for step in steps])[order]
            outputs.append(found[layer, "hidden" + end])
        x = np.concatenate(outputs, axis=1)
    return found, x
