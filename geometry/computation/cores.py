"""How many processor cores a computation uses: decided here, for every engine, by its work and by what is free.

torch shares every product, and every operation on some 30 000 numbers, among its threads, and all wait for the slowest.
Where another process runs on the same core, that is a turn of the scheduler, some milliseconds, each time. So two cores
take twice as long as one for products of .1 s (`benchmarks.cores`), ten times as long for small ones. Where they are
free, two gain from products of a millisecond on.
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

# NumPy's and SciPy's own products are small: one core, in all threads. (Their library knows no number for one thread.)
ThreadpoolController().select(user_api="blas").limit(limits=1)

SHARED = 1 << 25  # multiplications of one product from which several free cores are faster (`benchmarks.cores`)
HUGE = 1 << 33  # from which they are no slower where other processes use them (`benchmarks.cores`)
FRESH = 0.25  # seconds for which a look at the machine counts
SPINS = 0.003  # seconds for which torch's own threads still look busy after a product
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
    """In the calling thread, torch uses the cores that suit a computation; arguments as for `cores_for`."""
    if torch.get_num_threads() == 1:
        return nullcontext()
    return cores(cores_for(product, repeatable=repeatable))


def cores_for(product: float, *, repeatable: bool = False) -> int:
    """How many cores suit a computation: at most as many as torch has threads.

    Parameters
    ----------
    product : multiplications in its largest products
    repeatable : the same question must give the same answer to the last bit, however busy the machine is: sums are
        taken in another order where several cores share them. So what other processes do is not looked at
    """
    most = torch.get_num_threads()
    if most == 1 or product < SHARED:
        return 1
    if product >= HUGE:
        return most
    return 1 if repeatable else max(1, min(most, free_cores()))


_lock = threading.Lock()
_seen: tuple[float, int] = (-1.0, 1)  # when, and how many were free


def free_cores() -> int:
    """How many cores of the machine nobody but the caller runs on; 1 where the system does not say."""
    global _seen
    with _lock:
        if time.monotonic() - _seen[0] > FRESH:
            found = _free_now()
            if found < (os.cpu_count() or 1):  # perhaps they are torch's own threads, which have just ended a product
                time.sleep(SPINS)
                found = max(found, _free_now())
            _seen = (time.monotonic(), found)
        return _seen[1]


def _free_now() -> int:
    """The machine's cores, less the threads that are running or could be, the caller's aside."""
    try:
        running = int(LOAD.read_text().split()[3].split("/")[0])
    except (OSError, ValueError, IndexError):
        return 1
    return max(1, (os.cpu_count() or 1) - (running - 1))


def _set(count: int, elsewhere: int) -> None:
    torch.set_num_threads(count)
    if count != elsewhere:  # threads yet to come take the number set last by any thread: set theirs back
        last = threading.Thread(target=torch.set_num_threads, args=(elsewhere,))
        last.start()
        last.join()
