"""Results of `gpu.py`: as JSON, after each thing that is found, and as a table in Markdown."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

_TIMES = "| {way} | {median} | {worst} | {ratio} | {error} |"


class Results:
    """What was found so far; several processes write to one file, one after the other.

    Args:
        path: The JSON file; the table has the same name and `.md`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._data: dict[str, Any] = {"machine": {}, "records": []}
        self.reload()

    def reload(self) -> None:
        """Take what another process has written."""
        if self._path.exists():
            self._data = json.loads(self._path.read_text(encoding="utf-8"))

    def clear(self) -> None:
        """Begin anew."""
        self._data = {"machine": {}, "records": []}
        self._write()

    def describe(self, device: str) -> None:
        """Write down what machine this is."""
        found = {
            "date": f"{dt.datetime.now(tz=dt.UTC):%Y-%m-%d}",
            "device": device,
            "card": torch.cuda.get_device_name(0) if device == "cuda" else "none",
            "torch": torch.__version__,
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version() if device == "cuda" else None,
            "python": platform.python_version(),
            "processors": os.cpu_count(),
        }
        self._data["machine"] = found
        self._write()

    def add(self, record: dict[str, Any]) -> None:
        """Write down one more."""
        self._data["records"].append(record)
        self._write()

    def failed(self) -> list[dict[str, Any]]:
        """What is wrong, or failed."""
        return [each for each in self._data["records"] if each["ok"] is False]

    def table(self) -> str:
        """All of it in Markdown."""
        return "\n".join(_lines(self._data))

    def write_table(self) -> None:
        """Write the table."""
        self._path.with_suffix(".md").write_text(f"{self.table()}\n", encoding="utf-8")

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        # Infinity and NaN as words: JSON has no number for them.
        text = json.dumps(_plain(self._data), indent=1, allow_nan=False)
        new.write_text(text, encoding="utf-8")
        new.replace(self._path)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not -1e308 < value < 1e308:
        return str(value)
    return value


def line(record: dict[str, Any]) -> str:
    """One result, as it is line while others are computed."""
    word = {True: "ok    ", False: "FAILED", None: "-     "}[record["ok"]]
    line = f"{word} {record['part']}: {record['name']}"
    if "length" in record:
        line += f", T = {record['length']:,}"
    if "error" in record:
        line += f": {_short(record['error'])} of {_short(record['bound'])}"
    if "seconds" in record:
        line += f" ({record['seconds']:.1f} s)"
    for each in record.get("ways", ()):
        ratio = each.get("naive_over_it")
        what = each.get("failed") or f"{_seconds(each['median_s'])}, {ratio:.2f}x"
        line += f"\n         {each['way']}: {what}"
    if record.get("step"):
        line += f"\n         {record['step']}"
    if record["ok"] is False and record.get("note"):
        line += f"; {record['note']}"
    return "\n       ".join([line, *record.get("traceback", ()), *record.get("warnings", ())])


def _short(value: Any) -> str:
    return f"{value:.1e}" if isinstance(value, (int, float)) else str(value)


def _seconds(value: float) -> str:
    return f"{1e3 * value:,.1f} ms" if value < 1 else f"{value:,.2f} s"


def _lines(data: dict[str, Any]) -> Iterator[str]:
    machine, every = data["machine"], data["records"]
    yield ", ".join(f"{name} {value}" for name, value in machine.items() if value is not None)
    yield "\n### Numbers\n"
    checks = [each for each in every if each["part"] == "checks"]
    wrong = [each for each in checks if each["ok"] is False]
    worst: dict[str, Any] = {}
    for each in checks:
        if each["ok"] and "error" in each:
            kind = each["name"].rpartition(", ")
            key = f"{kind[0].partition(',')[0]}, {kind[2]}"
            worst[key] = max(worst.get(key, 0.0), float(each["error"]))
    fine = sum(each["ok"] is True for each in checks)
    yield f"{len(checks)} checks: {fine} as they should be, {len(wrong)} not.\n"
    if worst:
        yield "| what | largest error, as a share of the row's largest score |\n|---|---|"
        yield from (f"| {name} | {error:.1e} |" for name, error in sorted(worst.items()))
    for each in wrong:
        why = each.get("note") or " / ".join(each.get("traceback", ())[-2:])
        error = f" is off by {_short(each['error'])}" if "error" in each else ""
        yield f"- FAILED: {each['name']}{error}: {why}"
    yield from (f"- not run: {each['name']}" for each in checks if each["ok"] is None)
    for each in every:
        if each["part"] == "matrix":
            yield from _of_matrix(each)
    yield from _of_long([each for each in every if each["part"] == "long"])


def _of_matrix(record: dict[str, Any]) -> Iterator[str]:
    yield f"\n### {record['name']}, T = {record.get('length')}\n"
    if not record.get("ways"):
        yield f"failed: {' / '.join(record.get('traceback', ())[-2:])}"
        return
    yield "| way | median | worst | naive / it | error |\n|---|---|---|---|---|"
    for each in record["ways"]:
        if "failed" in each:
            yield f"| {each['way']} | can't: {each['failed'][:80].replace('|', '/')} | | | |"
            continue
        error = each["error"]
        yield _TIMES.format(
            way=each["way"],
            median=_seconds(each["median_s"]),
            worst=_seconds(each["worst_s"]),
            ratio=f"{each['naive_over_it']:.1f}x",
            error="" if error is None else _short(error),
        )
    engines = dict.fromkeys(each["engine"] for each in record["ways"] if each.get("engine"))
    yield f"\nours: {'; '.join(engines)}"


def _of_long(every: list[dict[str, Any]]) -> Iterator[str]:
    if not every:
        return
    yield f"\n### {every[0]['name']}, T = {every[0].get('length')}\n"
    for each in every:
        step = each.get("step")
        if not step:
            yield f"- failed: {' / '.join(each.get('traceback', ())[-2:])} {each['name']}"
            continue
        line = f"- {step['way']}: {_seconds(step['median_s'])}"
        if "share" in step:
            line += f", {step['share']:.0%} of the way, rank {step['rank']}"
        if "error_to_naive" in step:
            line += f"; off from naive autograd by {step['error_to_naive']:.1e}"
        yield line
