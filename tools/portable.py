"""Runs tests as processors with narrower instructions would: `make test-portable`.

numpy, OpenBLAS, torch, MKL, oneDNN and the C library each choose code by what the processor can
do, and the last bits of powers, logarithms, products and torch's random numbers differ between the
choices. Here they are told to do without: first without AVX-512, then without AVX2 and fused
multiplication as well. The settings are those of x86; elsewhere numpy's alone does something.

    python tools/portable.py [arguments of pytest]
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
WIDEST = ("AVX512", "X86_V4")
TESTS = ["tests", "--ignore=tests/browser"]


def environments():
    """What to set for each of the two. numpy takes only names that it knows on this processor."""
    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    widest = [name for name in found if name.startswith(WIDEST)]
    return {
        "without AVX-512": {
            "NPY_DISABLE_CPU_FEATURES": " ".join(widest),
            "OPENBLAS_CORETYPE": "Haswell",
            "ATEN_CPU_CAPABILITY": "avx2",
            "ONEDNN_MAX_CPU_ISA": "AVX2",
            "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        },
        "without AVX2": {
            "NPY_DISABLE_CPU_FEATURES": " ".join(found),
            "OPENBLAS_CORETYPE": "Nehalem",
            "ATEN_CPU_CAPABILITY": "default",
            "ONEDNN_MAX_CPU_ISA": "SSE41",
            "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
            # glibc's exp, log, pow, sin and cos.
            "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4",
        },
    }


def main(arguments):
    """Run pytest once with each; end with an error if one of them did."""
    failed = []
    for name, settings in environments().items():
        told = " ".join(f"{key}={value!r}" for key, value in settings.items())
        print(f"\n{name}: {told}", flush=True)  # noqa: T201
        command = [sys.executable, "-m", "pytest", *(arguments or TESTS)]
        ran = subprocess.run(command, cwd=ROOT, env=os.environ | settings, check=False)  # noqa: S603
        if ran.returncode:
            failed.append(name)
    sys.exit(f"failed {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
