"""Timing in turns, so that whatever else the machine does meets every contender alike."""

import time
from collections.abc import Callable, Mapping
from typing import Any

SETTLE = 0.15
"""Seconds between contenders: threads of BLAS spin on for up to 0.1 s after their work, at the next one's cost."""


def seconds_in_turns(
    contenders: Mapping[str, Callable[[], Any]], repeats: int, *, in_a_row: bool = False
) -> dict[str, list[float]]:
    """Call all contenders once a round; return the seconds of each, (repeats,). They come warmed up.

    With ``in_a_row`` nobody sleeps in between, but the contender's own calls fill that time and do not count, as
    evaluations follow each other in a solver: threads are awake, and the caches hold what it left there itself.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, evaluate in contenders.items():
            ready = time.perf_counter() + SETTLE
            while in_a_row and time.perf_counter() < ready:
                evaluate()
            time.sleep(max(0.0, ready - time.perf_counter()))
            began = time.perf_counter()
            result = evaluate()
            seconds[name].append(time.perf_counter() - began)
            del result  # outside the clock
    return seconds


def best_seconds(function: Callable[[], Any], repeats: int) -> float:
    """The shortest of some calls after one that does not count."""
    function()
    return min(seconds_in_turns({"": function}, repeats)[""])
