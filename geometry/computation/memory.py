"""The memory budget of this process, in which large computations reserve their share before they begin.

A large computation reserves the memory that it may need, and releases it at the end. If the memory is not free, the
computation is refused before it begins, with the numbers. So the operating system never has to kill the process.
"""

from __future__ import annotations

import gc
import math
import os
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

VARIABLE = "RELUSCOPE_MEMORY"  # an environment variable: GB that the process may take, instead of the machine's memory
PROCESS = 1_000_000_000  # bytes for libraries, pages and small objects (benchmarks.mixed_use)
UNIT = 1_000_000  # a megabyte


class NoRoomError(ValueError):
    """A computation does not fit into the free memory; the message tells how much it needs and how much there is."""


def machine_memory(root: Path = Path("/")) -> int:
    """Bytes that this process may take: the machine's, or less where a control group allows less.

    Control groups limit containers, and services under systemd. Their files are those of Linux's cgroup v2 and v1, for
    this process and for every group around it.
    """
    limits = [size for size in (_meminfo(root / "proc/meminfo"), *_groups(root)) if size is not None]
    return min(limits) if limits else _physical()


def _meminfo(path: Path) -> int | None:
    try:
        lines = dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
        return int(lines["MemTotal"].split()[0]) * 1024
    except (OSError, KeyError, ValueError, IndexError):
        return None


def _groups(root: Path) -> list[int | None]:
    try:
        lines = [line.split(":", 2) for line in (root / "proc/self/cgroup").read_text().splitlines()]
    except OSError:
        lines = []
    limits: list[int | None] = []
    for line in [part for part in lines if len(part) == 3] or [["0", "", "/"]]:
        version_1 = "memory" in line[1].split(",")
        if line[1] and not version_1:
            continue
        base = root / "sys/fs/cgroup" / ("memory" if version_1 else "")
        name = "memory.limit_in_bytes" if version_1 else "memory.max"
        own = Path(line[2].lstrip("/"))
        limits += [_limit(base / group / name) for group in (own, *own.parents)]
    return limits


def _limit(path: Path) -> int | None:
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def _physical() -> int:
    """The machine's memory, without /proc."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 8 * 10**9  # Windows reports it only to a library: assume an ordinary machine


def given_memory() -> int:
    """The bytes that VARIABLE names, else `machine_memory`; a ValueError if it names no number of GB."""
    text = os.environ.get(VARIABLE, "")
    if not text:
        return machine_memory()
    try:
        size = float(text)
    except ValueError:
        size = math.nan
    if not 0.1 <= size < math.inf:
        raise ValueError(f"{VARIABLE} is a number of GB from 0.1 up, such as 8, got {text!r}")
    return int(size * 10**9)


class Reservation:
    """A share of a budget: until `release`, or in a `with` statement until its end, unless `keep` was called.

    Only one holder of the same `queue` at a time needs its `turn` bytes, so the largest `turn` of a queue counts once.
    """

    def __init__(self, budget: Budget, size: int, queue: str, turn: int) -> None:
        self.size, self.queue, self.turn = size, queue, turn
        self._budget, self._owned = budget, False

    def release(self) -> None:
        """Give the bytes back. A second call does nothing."""
        self._budget._shrink(self, 0)

    def keep(self, size: int, owner: object) -> None:
        """Give back all but `size` bytes now, and these when `owner` is garbage-collected."""
        self._budget._shrink(self, size)
        weakref.finalize(owner, self.release)
        self._owned = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not self._owned:
            self.release()


class Budget:
    """A number of bytes, and the reservations of them.

    Parameters
    ----------
    total : bytes, or a function that returns them, which is called when they are needed first
    """

    def __init__(self, total: int | Callable[[], int]) -> None:
        self._given = total
        self._reservations: set[Reservation] = set()
        self._spare: list[Callable[[], object]] = []
        self._lock = threading.RLock()  # the garbage collector may release something at any moment

    @property
    def total(self) -> int:
        if callable(self._given):
            self._given = self._given()
        return self._given

    @property
    def free(self) -> int:
        """Bytes that are not reserved."""
        with self._lock:
            return max(0, self.total - self._used())

    def spare(self, drop: Callable[[], object]) -> None:
        """Call `drop` before a reservation is refused: it clears a cache, which gives back its bytes."""
        self._spare.append(drop)

    def lack(self, size: int, *, queue: str = "", turn: int = 0) -> str:
        """Why so many bytes cannot be reserved now, with the numbers; empty if they can."""
        with self._lock:
            now = self._used()
            wanted = self._used(Reservation(self, size, queue, turn)) - now
            free = max(0, self.total - now)
        if wanted <= free:
            return ""
        if size + turn > self.total:
            return f"this needs {_text(size + turn)} of memory, and this server has {_text(self.total)} for such work"
        return (
            f"this needs {_text(size + turn)} of memory, and {_text(free)} of the server's {_text(self.total)} are "
            "free now: others compute too"
        )

    def reserve(self, size: int, remedy: str = "", *, queue: str = "", turn: int = 0) -> Reservation:
        """`size` bytes, and `turn` bytes that one holder of `queue` needs at a time.

        Raises
        ------
        NoRoomError
            If they are not free, with `remedy`, which names a change that helps.
        """
        with self._lock:
            if self.lack(size, queue=queue, turn=turn):
                self._drop_spare()
            if lacking := self.lack(size, queue=queue, turn=turn):
                raise NoRoomError(f"{lacking}{remedy and f'; {remedy}'}")
            reservation = Reservation(self, size, queue, turn)
            self._reservations.add(reservation)
            return reservation

    def up_to(self, most: int, least: int, remedy: str = "") -> Reservation:
        """As much as is free, between `least` and `most` bytes; a NoRoomError if that is not even the least.

        Caches are cleared first if neither `most` bytes nor a quarter of the budget are free.
        """
        with self._lock:
            if self.free < min(most, self.total // 4):
                self._drop_spare()
            return self.reserve(min(most, max(least, self.free)), remedy)

    def count(self, size: int, owner: object) -> None:
        """Count `size` bytes that are in use already, even beyond the budget, until `owner` is garbage-collected."""
        reservation = Reservation(self, size, "", 0)
        with self._lock:
            self._reservations.add(reservation)
        reservation.keep(size, owner)

    def _drop_spare(self) -> None:
        for drop in self._spare:
            drop()
        if self._spare:
            gc.collect()

    def _used(self, *more: Reservation) -> int:
        turns: dict[str, int] = {}
        reservations = [*self._reservations, *more]
        for reservation in reservations:
            turns[reservation.queue] = max(turns.get(reservation.queue, 0), reservation.turn)
        return sum(reservation.size for reservation in reservations) + sum(turns.values())

    def _shrink(self, reservation: Reservation, size: int) -> None:
        with self._lock:
            reservation.size, reservation.turn = min(reservation.size, size), 0
            if reservation.size == 0:
                self._reservations.discard(reservation)


def _text(size: int) -> str:
    return f"{size / 10**9:.1f} GB" if size >= 10**9 else f"{math.ceil(size / UNIT)} MB"


def _for_work() -> int:
    """Bytes for computations: all but the share of the process itself, and at least a quarter."""
    whole = given_memory()
    return max(whole - PROCESS, whole // 4)


BUDGET = Budget(_for_work)
