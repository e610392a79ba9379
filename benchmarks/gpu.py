"""One run on a GPU: are the numbers right there, and how fast are they?

Three parts, each in a process of its own, so that a GPU that is lost in one does not end the next:

    checks   every engine, cell and method on the device in both precisions, against plain autograd
             in double precision on the CPU
    matrix   all rows of four models at T = 160 and 512, against naive autograd and captum
    long     a GRU on 10,000 tokens

Needs torch, numpy and this repository; the widget's own dependencies need not be installed, and
without captum what it computes is left out. It may be interrupted at any moment: results are
written as they come, to a JSON file and to a table in Markdown beside it. Exits with 1 where a
check failed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# The share of all time that has passed when each part must end.
PARTS = {"checks": 0.5, "matrix": 0.8, "long": 1.0}
_LINES = 8


def find_package() -> None:
    """Import the package of this repository, without its widget where Jupyter's parts are missing.

    The engines and models need torch and numpy alone.
    """
    for folder in (ROOT, ROOT / "benchmarks"):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    if "rnnviz_widget" in sys.modules:
        return
    try:
        import rnnviz_widget  # noqa: F401, PLC0415 - tried
    except ImportError:
        for name in [each for each in sys.modules if each.partition(".")[0] == "rnnviz_widget"]:
            del sys.modules[name]
        package = types.ModuleType("rnnviz_widget")
        package.__path__ = [str(ROOT / "rnnviz_widget")]
        sys.modules["rnnviz_widget"] = package


def tried(job: Callable[[], dict[str, Any]], device: Any) -> dict[str, Any]:
    """What a job says, or the end of its traceback; and the warnings that it gave."""
    import torch  # noqa: PLC0415 - after `find_package`

    begun = time.perf_counter()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("default")
        try:
            found = job()
            if device.type == "cuda":
                # What a kernel fails at is told by whatever waits for it.
                torch.cuda.synchronize(device)
        except Exception as error:  # noqa: BLE001 - one failure does not stop the rest
            lines = "".join(traceback.format_exception(error)).splitlines()
            found = {"ok": False, "traceback": lines[-_LINES:]}
    said = list(dict.fromkeys(f"{each.category.__name__}: {each.message}" for each in warned))
    return found | {"seconds": time.perf_counter() - begun, "warnings": said[:4]}


def lost(record: dict[str, Any]) -> bool:
    """Whether a GPU can't be used any more in this process."""
    words = " ".join(record.get("traceback", ()))
    return any(
        each in words for each in ("device-side assert", "illegal memory access", "launch failure")
    )


def records(part: str, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Do one part: what it found, one by one."""
    import torch  # noqa: PLC0415 - after `find_package`

    device = torch.device(options.device, 0 if options.device == "cuda" else None)
    torch.set_num_threads(max(1, min(8, torch.get_num_threads())))
    make = {"checks": _checks, "matrix": _matrix, "long": _long}[part]
    for record in make(device, options):
        yield record | {"part": part}
        if lost(record):
            yield {"part": part, "name": "the GPU is lost: the rest of this part", "ok": None}
            return


def _checks(device: Any, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from cuda_checks import every_check  # noqa: PLC0415

    for check in every_check(device, quick=options.quick):
        if options.only not in check.name:
            continue
        if time.time() > options.until:
            yield {"name": f"out of time from here on: {check.name}", "ok": None}
            return

        def job(run: Callable[[], Any] = check.run) -> dict[str, Any]:
            found = run()
            # NaN is not fine.
            fine = found.error <= found.bound
            return {"ok": fine, "error": found.error, "bound": found.bound, "note": found.note}

        yield {"name": check.name, **tried(job, device)}


def _matrix(device: Any, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from gpu_matrix import QUICK, Sizes, matrix, models  # noqa: PLC0415

    sizes = QUICK if options.quick else Sizes()
    for length in sizes.lengths:
        for title, make in models(sizes).items():
            if options.only not in title:
                continue
            if time.time() > options.until:
                yield {"name": f"out of time: {title}, T = {length}", "ok": None}
                continue

            def job(make: Any = make, length: int = length) -> dict[str, Any]:
                ways = list(matrix(make, length, device, sizes))
                wrong = [each["way"] for each in ways if each.get("wrong")]
                return {"ok": not wrong, "ways": ways, "note": f"wrong: {wrong}"}

            yield {"name": title, "length": length, **tried(job, device)}


def _long(device: Any, options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from gpu_matrix import QUICK, Sizes, long_text  # noqa: PLC0415

    sizes = QUICK if options.quick else Sizes()
    steps = long_text(device, sizes)
    while time.time() < options.until:
        record = tried(lambda: {"ok": True, "step": next(steps, None)}, device)
        if record["ok"] and record["step"] is None:
            return
        yield {"name": f"GRU 2 x {sizes.units}", "length": sizes.long, **record}
        if not record["ok"]:
            return


def run_part(part: str, options: argparse.Namespace) -> None:
    """Do one part in this process, and write down each thing that it finds."""
    from gpu_report import Results, line  # noqa: PLC0415

    results = Results(options.json)
    results.describe(options.device)
    for record in records(part, options):
        results.add(record)
        print(line(record), flush=True)


def _arguments(given: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the command")
    parser.add_argument("--minutes", type=float, default=8.0, help="for all of it (8)")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), metavar="PART")
    parser.add_argument("--only", default="", help="checks and models that have this in the name")
    parser.add_argument(
        "--json",
        type=Path,
        default=ROOT / "benchmarks" / "gpu.json",
        help="where to write (benchmarks/gpu.json); the table has the same name and .md",
    )
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--until", type=float, default=float("inf"), help=argparse.SUPPRESS)
    options = parser.parse_args(given)
    options.json = options.json.resolve()
    return options


def _passed_on(options: argparse.Namespace, part: str, until: float) -> list[str]:
    quick = ["--quick"] if options.quick else []
    return [
        *(sys.executable, str(Path(__file__).resolve()), "--part", part, *quick),
        *("--device", options.device, "--only", options.only, "--json", str(options.json)),
        *("--until", str(until)),
    ]


def main(given: list[str] | None = None) -> int:
    options = _arguments(given)
    find_package()
    if options.part:
        run_part(options.part, options)
        return 0
    from gpu_report import Results  # noqa: PLC0415

    results = Results(options.json)
    results.clear()
    start, whole = time.time(), 60 * options.minutes
    for part in options.parts:
        until = start + whole * (PARTS[part] if len(options.parts) > 1 else 1.0)
        limit = max(5.0, until + 0.05 * whole - time.time())
        try:
            done = subprocess.run(  # noqa: S603 - this file
                _passed_on(options, part, until), check=False, timeout=limit
            )
            ended = f"ended with {done.returncode}" if done.returncode else ""
        except subprocess.TimeoutExpired:
            ended = "took too long and was stopped"
        results.reload()
        if ended:
            results.add({"part": part, "name": f"the process {ended}", "ok": False})
        results.write_table()
    print(f"\n{results.table()}\nwritten to {options.json} and {options.json.with_suffix('.md')}")
    return 1 if results.failed() else 0


if __name__ == "__main__":
    sys.exit(main())
