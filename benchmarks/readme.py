"""Measures the README's sentence about speed: `python benchmarks/readme.py --to FILE` writes JSON.

Ours is the whole call of rv.connectivity, exact unless the text has 10,000 characters. The rival is
autograd a row at a time, parameters frozen, one logit; some rows are timed and scaled to all.
"""

from __future__ import annotations

import argparse
import json
import statistics
from functools import partial
from pathlib import Path

import rivals
import torch
from bench import Case, alternate, case, parser, seconds, subjects

import rnnviz_widget as rv

ROUNDS, SAMPLE = 3, 6


def exactly(of: Case, tolerance: float) -> float:
    names = [of.model.outputs[target] for target in of.targets]
    return seconds(partial(rv.connectivity, of.model, of.text, target=names, tolerance=tolerance))


def naive(of: Case) -> float:
    rows = rivals.spread_rows(len(of.ids), SAMPLE)
    targets = [of.targets[row] for row in rows]
    return rivals.naive(of.model.network.module, of.ids, rows, targets).seconds


def measured(name: str, length: int, *, rival: bool, tolerance: float) -> dict[str, float]:
    options = parser("", (name,), (length,), ROUNDS).parse_args([])
    of = case(subjects(options)[0], length, options)
    jobs = {"ours": partial(exactly, of, tolerance)}
    if rival:
        jobs["naive"] = partial(naive, of)
    for job in jobs.values():
        job()  # once without a clock: the check against autograd, caches
    return {what: statistics.median(times) for what, times in alternate(jobs, ROUNDS).items()}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--to", type=Path, help="where to write JSON (default: print it)")
    to = options.parse_args().to
    found = {
        "threads": torch.get_num_threads(),
        "gru 160": measured("gru", 160, rival=True, tolerance=0),
        "gru 1000": measured("gru", 1000, rival=True, tolerance=0),
        "bundled 10000": measured("bundled-gru", 10_000, rival=False, tolerance=1e-4),
    }
    text = json.dumps(found, indent=1) + "\n"
    if to is None:
        print(text)
    else:
        to.write_text(text, encoding="ascii")


if __name__ == "__main__":
    main()
