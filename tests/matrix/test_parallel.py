"""Work in order: the same results whatever the threads, errors and Ctrl-C that leave nothing running behind."""

import threading
import time

import numpy as np
import pytest

from taut.matrix import in_order, summed


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
@pytest.mark.parametrize("pieces", [1, 2, 5, 40])
def test_results_come_in_the_order_of_the_pieces(threads, pieces):
    def work(piece):
        time.sleep(0.001 * (piece % 3))  # some overtake others
        return piece * piece

    assert list(in_order(work, range(pieces), threads)) == [piece * piece for piece in range(pieces)]


def test_no_more_threads_than_asked_for_and_the_caller_is_one():
    busy, most, who, lock = set(), [0], set(), threading.Lock()

    def work(piece):
        with lock:
            busy.add(piece)
            who.add(threading.get_ident())
            most[0] = max(most[0], len(busy))
        time.sleep(0.002)
        with lock:
            busy.remove(piece)

    assert len(list(in_order(work, range(30), 3))) == 30
    assert most[0] <= 3
    assert threading.get_ident() in who


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("at", [0, 1, 7, 19])
def test_an_error_ends_it_once_nothing_runs_any_more(error, at):
    running, lock = set(), threading.Lock()

    def work(piece):
        with lock:
            running.add(piece)
        try:
            if piece == at:
                raise error(piece)
            time.sleep(0.002)
        finally:
            with lock:
                running.remove(piece)
        return piece

    seen = []
    with pytest.raises(error):
        seen.extend(in_order(work, range(20), 3))
    assert not running
    assert seen == list(range(len(seen)))
    assert len(seen) <= at
    assert list(in_order(work, range(at + 1, at + 3), 3)) == [at + 1, at + 2]  # the threads are still there


def test_whoever_stops_listening_waits_for_what_has_begun():
    done = []

    def work(piece):
        time.sleep(0.005)
        done.append(piece)
        return piece

    found = in_order(work, range(50), 3)
    assert next(found) == 0
    found.close()
    after = list(done)
    time.sleep(0.03)
    assert done == after
    assert len(done) < 50


def test_two_callers_share_the_threads():
    results = {}

    def call(name, factor):
        results[name] = [
            list(in_order(lambda piece: factor * piece, range(20), 3)) == [factor * piece for piece in range(20)]
            for _ in range(50)
        ]

    callers = [threading.Thread(target=call, args=(factor, factor)) for factor in (2, 3, 5)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert all(all(results[factor]) and len(results[factor]) == 50 for factor in (2, 3, 5))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_sums_are_the_same_bits(threads):
    X = np.random.default_rng(8201).standard_normal((900, 4)) * 10.0 ** np.arange(4)
    blocks = [slice(begin, begin + 90) for begin in range(0, 900, 90)]
    total, array = summed(lambda rows: (float(X[rows, 0].sum()), X[rows].sum(axis=0)), blocks, threads)
    expected = X[blocks[0]].sum(axis=0)
    for rows in blocks[1:]:
        expected = expected + X[rows].sum(axis=0)
    np.testing.assert_array_equal(array, expected)
    assert total == pytest.approx(X[:, 0].sum(), rel=1e-12)
