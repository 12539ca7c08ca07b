"""Timing in turns, so that whatever else the machine does meets every contender alike."""

import time
from collections.abc import Callable, Mapping
from typing import Any

SETTLE = 0.05
"""Seconds between contenders: BLAS and OpenMP threads spin for some 20 ms after their work, at the next one's cost."""


def seconds_in_turns(
    contenders: Mapping[str, Callable[[], Any]], repeats: int, *, in_a_row: bool = False
) -> dict[str, list[float]]:
    """Call all contenders once a round; return the seconds of each, (repeats,). They come warmed up.

    With ``in_a_row`` each call follows one of the same contender that does not count, as evaluations follow each other
    in a solver: its threads are awake, and what fits the caches lies there, not what the last contender left.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, evaluate in contenders.items():
            time.sleep(SETTLE)
            if in_a_row:
                evaluate()
            began = time.perf_counter()
            result = evaluate()
            seconds[name].append(time.perf_counter() - began)
            del result  # outside the clock
    return seconds


def best_seconds(function: Callable[[], Any], repeats: int) -> float:
    """The shortest of some calls after one that does not count."""
    function()
    return min(seconds_in_turns({"": function}, repeats)[""])
