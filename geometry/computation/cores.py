"""How many processor cores a computation uses: chosen by its size and by the number of free cores.

torch splits every product, and every operation on some 30 000 numbers, among its threads. All of them wait for the
slowest. If another process runs on the same core, they wait for a turn of the scheduler, some milliseconds, each time.
So two cores then take twice as long as one for products of .1 s (`benchmarks.cores`), and ten times as long for small
products. If two cores are free, they are faster than one for products that take a millisecond or more.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import torch
from threadpoolctl import ThreadpoolController

from geometry.computation import tuning

# NumPy's and SciPy's own products are small: one core, in all threads. (Their library has no setting for one thread.)
ThreadpoolController().select(user_api="blas").limit(limits=1)

FRESH = 0.25  # seconds for which a count of free cores is used again: limits how often /proc is read
SPINS = 0.003  # seconds for which torch's own threads still count as running after a product
LOAD = Path("/proc/loadavg")


@contextmanager
def cores(count: int) -> Iterator[None]:
    """Let torch use `count` cores in the calling thread, and only there."""
    before = torch.get_num_threads()
    if count == before:
        yield
        return
    _set(count, before)
    try:
        yield
    finally:
        _set(before, before)


def by_work(product: float, *, repeatable: bool = False) -> AbstractContextManager[None]:
    """Let torch use as many cores as suit a computation, in the calling thread; arguments as for `cores_for`."""
    if torch.get_num_threads() == 1:
        return nullcontext()
    return cores(cores_for(product, repeatable=repeatable))


def cores_for(product: float, *, repeatable: bool = False) -> int:
    """How many cores suit a computation: at most as many as torch has threads.

    Parameters
    ----------
    product : multiplications in its largest products
    repeatable : equal inputs must give equal results to the last bit, however busy the machine is. Several cores add
        numbers in another order than one core does, so the number of free cores does not count then
    """
    most = torch.get_num_threads()
    if most == 1 or product < tuning.SHARED:
        return 1
    if product >= tuning.HUGE:
        return most
    return 1 if repeatable else max(1, min(most, free_cores()))


_lock = threading.Lock()
_seen: tuple[float, int] = (-1.0, 1)  # the time of the last count, and the number of free cores


def free_cores() -> int:
    """How many cores of the machine no thread but the caller uses; 1 if the system does not report it."""
    global _seen
    with _lock:
        if time.monotonic() - _seen[0] > FRESH:
            free = _free_now()
            if free < (os.cpu_count() or 1):  # torch's own threads may still count as running
                time.sleep(SPINS)
                free = max(free, _free_now())
            _seen = (time.monotonic(), free)
        return _seen[1]


def _free_now() -> int:
    """The machine's cores, less the threads that run or are ready to run, other than the caller."""
    try:
        running = int(LOAD.read_text().split()[3].split("/")[0])
    except (OSError, ValueError, IndexError):
        return 1
    return max(1, (os.cpu_count() or 1) - (running - 1))


def _set(count: int, elsewhere: int) -> None:
    torch.set_num_threads(count)
    if count != elsewhere:  # a new thread inherits the number that any thread set last: set it back
        resetting = threading.Thread(target=torch.set_num_threads, args=(elsewhere,))
        resetting.start()
        resetting.join()
