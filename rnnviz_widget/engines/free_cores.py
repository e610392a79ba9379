"""How many cores no thread needs at this moment, as the operating system says."""

from __future__ import annotations

import math
import os
from pathlib import Path

_LOADS = Path("/proc/loadavg")


def free_cores() -> float:
    """The cores that this process may use, less the threads of all processes that can run now.

    Negative where threads have to wait for a core; minus infinity where the system does not say:
    only Linux does, for the whole machine. A container that may use only a share of the processor
    is slowed down although cores are free. Takes some 20 microseconds.
    """
    try:
        # "0.20 0.18 0.12 1/80 11206": the fourth are the threads that can run, and all there are.
        runnable = int(_LOADS.read_text(encoding="ascii").split()[3].split("/")[0])
        cores = len(os.sched_getaffinity(0))
    except (OSError, ValueError, IndexError, AttributeError):
        return -math.inf
    # The thread that asks can run: some systems that imitate Linux always say 0.
    return cores - runnable if runnable > 0 else -math.inf
