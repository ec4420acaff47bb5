"""The end of the server's process: soon after it is asked to stop, whatever is being computed."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

SAVING = 2.0  # seconds at most that saving may take
LONGEST = 3.0  # seconds after which the process ends, even if no Python runs any more
LOOK = 0.1  # seconds between looks at whether the server is stopping, where no thread can wait for a signal
ASKED = ("SIGTERM", "SIGINT", "SIGHUP")
ENDED_AT_ONCE = 130  # the exit status of programs that the keyboard ended


_last_acts: list[Callable[[float], object]] = []


def before_leaving(save: Callable[[float], object]) -> None:
    """Let `save` be called before the process ends; it is given the seconds that it may take."""
    _last_acts.append(save)


def leave_when_asked() -> None:
    """End the process within seconds of a request to terminate, of Ctrl-C, or of the end of its terminal.

    Call it first of all: threads inherit which signals they leave to others, those of NumPy and torch too.

    Trainings are saved, each at its last whole step. What takes longer, such as a step of a minute, is cut off. Python
    itself would wait for it: its handlers run in the main thread, when that gets its turn among all that compute, and
    threads of scripts may go on without end. So a thread of its own waits for the signal, and ends the process with
    `os._exit`. A second signal ends it at once.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        threading.Thread(target=_leave_when_stopped, name="end of the server", daemon=True).start()
        return
    asked = [getattr(signal, name) for name in ASKED]
    signal.pthread_sigmask(signal.SIG_BLOCK, asked)
    threading.Thread(target=_leave_when_signalled, args=(asked,), name="end of the server", daemon=True).start()


def _leave_when_signalled(asked: list[signal.Signals]) -> None:
    signal.sigwait(asked)
    threading.Thread(target=_save_and_leave, name="last checkpoints", daemon=True).start()
    signal.sigwait(asked)
    os._exit(ENDED_AT_ONCE)


def _leave_when_stopped() -> None:
    from streamlit import runtime
    from streamlit.runtime import RuntimeState

    while not (runtime.exists() and runtime.get_instance().state in (RuntimeState.STOPPING, RuntimeState.STOPPED)):
        time.sleep(LOOK)
    _save_and_leave()


def _save_and_leave() -> None:
    with Path(os.devnull).open("wb") as nowhere:
        faulthandler.dump_traceback_later(LONGEST, exit=True, file=nowhere)  # needs no turn among Python's threads
        with contextlib.suppress(OSError, ValueError):  # a terminal that is gone
            print("\nStopping: trainings are saved ...", flush=True)
        try:
            _save()
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.flush()
        finally:
            os._exit(0)


def _save() -> None:
    for save in _last_acts:
        save(SAVING)
