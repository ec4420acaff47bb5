"""Exit of the server process, within seconds of a signal, whatever is being computed."""

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

# The following times limit how long somebody waits for the end; no benchmark chose them.
SAVING = 2.0  # seconds for saving at most
LONGEST = 3.0  # seconds after which the process ends, even if no Python code runs any more
LOOK = 0.1  # seconds between checks whether the server is stopping, on systems where no thread can wait for a signal
ASKED = ("SIGTERM", "SIGINT", "SIGHUP")
ENDED_AT_ONCE = 130  # the exit status of programs that the keyboard ended


_last_acts: list[Callable[[float], object]] = []


def before_leaving(save: Callable[[float], object]) -> None:
    """Call `save` before the process ends, with the number of seconds that it may take."""
    _last_acts.append(save)


def leave_when_asked() -> None:
    """End the process within seconds of a request to terminate, of Ctrl-C, or of the end of its terminal.

    Call it before anything that starts threads: threads inherit the mask of blocked signals, those of NumPy and torch
    too.

    Trainings are saved, each at its last whole step. A longer step, of a minute for instance, is cut off. Python would
    wait for it: Python calls signal handlers in the main thread, after other threads that compute, and threads of
    scripts may run without end. So a separate thread waits for the signal, and ends the process with `os._exit`. A
    second signal ends it at once.
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
        faulthandler.dump_traceback_later(LONGEST, exit=True, file=nowhere)  # works without the interpreter lock
        with contextlib.suppress(OSError, ValueError):  # a closed terminal
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
