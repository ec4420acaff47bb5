"""Every click is taken, and what a script takes from the session's state is not lost, though other requests follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def take_every_click() -> None:
    """Let a newer request interrupt a script only where it draws, and no callback at all.

    The browser sends a click once. Streamlit looks for a newer request before it takes the one at hand, and whenever a
    callback or a script reads or writes the session's state. If there is one, as of a view that tells its size, the
    click is dropped; so is what a script has taken from the state, as the events of a view, and has not yet acted upon.
    Here the newer request waits until the callbacks have ended, and then until the script draws something.
    """
    from streamlit.runtime.scriptrunner import ScriptRunner
    from streamlit.runtime.state import SafeSessionState

    begin, take = SafeSessionState.__init__, SafeSessionState.on_script_will_rerun

    def begin_calm(state: SafeSessionState, own: Any, yield_callback: Callable[[], None]) -> None:
        begin(state, own, _nothing)
        object.__setattr__(state, "_runner", getattr(yield_callback, "__self__", None))

    def take_whole(state: SafeSessionState, *args: Any, **options: Any) -> None:
        runner: ScriptRunner = state._runner
        execing, runner._execing = runner._execing, False  # Streamlit interrupts only what is executing
        try:
            take(state, *args, **options)
        finally:
            runner._execing = execing

    SafeSessionState.__init__ = begin_calm  # type: ignore[method-assign, assignment]
    SafeSessionState.on_script_will_rerun = take_whole  # type: ignore[method-assign, assignment]


def _nothing() -> None:
    """In place of a look for newer requests."""
