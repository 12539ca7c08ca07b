"""Work over super-blocks by threads; the results come back in order, so sums over them are always the same."""

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

from taut._typing import FloatArray

In = TypeVar("In")
Out = TypeVar("Out")

AHEAD = 1
"""Pieces that wait for a thread besides those in hand: each holds an accumulator."""


def available_threads() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_order(work: Callable[[In], Out], pieces: Sequence[In], threads: int) -> Iterator[Out]:
    """Yield ``work(piece)`` of every piece, super-blocks most often, in their order.

    The caller is one of the threads. The others are kept for the next call, because to start them takes as long as a
    small evaluation; were all the work theirs, they would often be woken on the core that the caller just left, one
    behind the other. Ctrl-C ends it after the pieces in hand.
    """
    threads = min(threads, len(pieces))
    with one_blas_thread():
        if threads <= 1:
            yield from map(work, pieces)
            return
        others = _pool(threads - 1)
        begun: deque[tuple[Future[Out], In]] = deque()
        try:
            for piece in pieces:
                if sum(not future.done() for future, _ in begun) < threads - 1 + AHEAD:
                    begun.append((others.submit(work, piece), piece))
                else:
                    begun.append((_done(work, piece), piece))
                while begun and (begun[0][0].done() or len(begun) > threads + AHEAD):
                    yield begun.popleft()[0].result()
            for at in reversed(range(len(begun))):
                future, piece = begun[at]
                if future.cancel():  # nobody has begun it
                    begun[at] = (_done(work, piece), piece)
            while begun:
                yield begun.popleft()[0].result()
        finally:  # whoever goes on may change what the threads still read
            for future, _ in begun:
                future.cancel()
            wait([future for future, _ in begun])


def _done(work: Callable[[In], Out], piece: In) -> Future[Out]:
    future: Future[Out] = Future()
    future.set_result(work(piece))
    return future


def summed(
    work: Callable[[slice], tuple[float, FloatArray]], superblocks: Sequence[slice], threads: int
) -> tuple[float, FloatArray]:
    """The sum over all super-blocks, in their order, of a number and an array that ``work`` may not keep."""
    parts = in_order(work, superblocks, threads)
    total, array = next(parts)
    for value, part in parts:
        total += value
        array += part
    return total, array


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads)


class _Limit:
    """How many hold BLAS to one thread at the moment, and what to put back after the last of them."""

    def __init__(self) -> None:
        self.lock, self.holders, self.limiter = threading.Lock(), 0, None


_limit = _Limit()


def _begin_child() -> None:
    """A forked child has none of its parent's threads, and a lock that one of them holds would stay shut in it."""
    _limit.lock = threading.Lock()
    _pool.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_child)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread, from however many Python threads at once.

    A product that BLAS cuts up is summed in an order of its own, so its bits depend on the machine; and the threads
    that it wakes spin for a while after it, at the cost of ours.
    """
    with _limit.lock:
        _limit.holders += 1
        if _limit.holders == 1:
            limiter: Any = _controller().limit(limits=1, user_api="blas")
            limiter.__enter__()
            _limit.limiter = limiter
    try:
        yield
    finally:
        with _limit.lock:
            _limit.holders -= 1
            if _limit.holders == 0:
                limiter, _limit.limiter = _limit.limiter, None
                limiter.__exit__(None, None, None)


@cache
def _controller() -> ThreadpoolController:
    """Finding the libraries takes a millisecond: once is enough."""
    return ThreadpoolController()
