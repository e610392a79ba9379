"""Golden files come out alike on processors with narrower instructions."""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from live import golden as live
from picture import golden as picture
from wire import golden as wire

TESTS = Path(__file__).parent
ROOT = TESTS.parent
GOLDEN = {
    "live": (live, live.CASES),
    "picture": (picture, picture.GOLDEN),
    "wire": (wire, wire.GOLDEN),
}
CHILD = """
import json
import numpy as np, torch
from test_portable import digests
found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
print(json.dumps([found, torch.backends.cpu.get_cpu_capability(), digests()]))
"""


def digests():
    """Of each golden file, made anew."""
    return {
        f"{folder}/{name}": hashlib.sha256(module.dumps(name).encode()).hexdigest()
        for folder, (module, names) in GOLDEN.items()
        for name in names
    }


@pytest.fixture(scope="module")
def environments():
    spec = importlib.util.spec_from_file_location("portable", ROOT / "tools" / "portable.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.environments()


@pytest.fixture(scope="module")
def here():
    return digests()


@pytest.mark.parametrize("name", ["without AVX-512", "without AVX2"])
def test_golden_files_are_the_same(environments, here, name):
    settings = environments[name]
    path = os.pathsep.join([str(ROOT), str(TESTS)])
    run = subprocess.run(
        [sys.executable, "-c", CHILD],
        env=os.environ | settings | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found, capability, there = json.loads(run.stdout)
    assert not set(settings["NPY_DISABLE_CPU_FEATURES"].split()) & set(found)
    assert capability != "AVX512"
    assert there == here
