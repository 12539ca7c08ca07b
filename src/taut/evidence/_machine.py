"""What a fit ran on."""

import os
import platform
from typing import Any


def machine(seed: Any, threads: Any) -> list[tuple[str, str]]:
    """Seed, threads, machine and memory."""
    told = [
        ("seed", "none given" if seed is None else str(seed)),
        ("threads", f"{threads or 'as many as BLAS takes'} of {os.cpu_count()}"),
        ("machine", f"{platform.system()} {platform.machine()}"),
    ]
    try:
        import resource
    except ImportError:  # not on Windows
        return told
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if platform.system() == "Darwin" else 1024)
    return [*told, ("peak memory", f"{peak / 2**20:,.0f} MiB, of the whole process")]
