"""File ownership: a lock that gives one process the right to write a file, and names that process."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

ENDING = ".lock"
LOOK = 0.05  # seconds between attempts to take the lock, within the caller's patience
LONGEST = 200  # bytes that are read of the owner's description: a limit on the message


class OwnedElsewhereError(ValueError):
    """Another process owns the file; the message names it."""


class Ownership:
    """The right to write `path`, until `release` or the end of this object or of the process.

    The operating system binds the lock to an open file, so it ends with a process that is killed. Two owners in one
    process exclude each other, too. On systems without such locks (Windows) nothing is locked.

    Parameters
    ----------
    path : the file; the lock is a file in the same folder, with ENDING after its name
    patience : seconds to wait for another owner's release

    Raises
    ------
    OwnedElsewhereError
        If another process owns it, naming the process, its machine and the time.
    OSError
        If the folder does not exist or cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], patience: float = 0.0) -> None:
        self.path, self._until = Path(path), time.monotonic() + patience
        self._lock = self.path.with_name(self.path.name + ENDING)
        self._file: BinaryIO | None = None if fcntl is None else self._claimed()

    def _claimed(self) -> BinaryIO:
        while True:
            file = os.fdopen(os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o644), "r+b", buffering=0)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() < self._until:
                    file.close()
                    time.sleep(LOOK)
                    continue
                owner = file.read(LONGEST).decode(errors="replace") or "another process"
                file.close()
                raise OwnedElsewhereError(f"{self.path.name} belongs to {owner}, which writes it") from error
            except OSError:  # a file system without locks
                return file
            if _is_at(file, self._lock):
                break
            file.close()  # the last owner has removed this file: the path is another file now, or none
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()} since {time.strftime('%H:%M:%S')}".encode())
        return file

    def release(self) -> None:
        """Release the lock and remove its file."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._lock.unlink()  # while it is still locked
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
