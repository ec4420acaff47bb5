"""Handle every click, and keep what a script takes from the session's state, when another request follows at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamlit.runtime.state.session_state import SessionState


def take_every_click() -> None:
    """Let a newer request interrupt a script only where it draws, and never a callback.

    The browser sends a click once. Streamlit looks for a newer request before it handles the current one, and whenever
    a callback or a script reads or writes the session's state. If there is one, such as a view's report of its size,
    Streamlit drops the click. It also drops what a script has taken from the state, such as the events of a view, and
    has not acted upon yet. Here the newer request waits until the callbacks have ended and the script draws something.
    """
    from streamlit.runtime.scriptrunner import ScriptRunner
    from streamlit.runtime.state import SafeSessionState

    initialize, run_callbacks = SafeSessionState.__init__, SafeSessionState.on_script_will_rerun

    def without_yielding(
        state: SafeSessionState, session_state: SessionState, yield_callback: Callable[[], None]
    ) -> None:
        initialize(state, session_state, _yield_to_none)
        object.__setattr__(state, "_runner", getattr(yield_callback, "__self__", None))

    def run_all_callbacks(state: SafeSessionState, *args: Any, **options: Any) -> None:
        runner: ScriptRunner = state._runner
        execing, runner._execing = runner._execing, False  # Streamlit interrupts only what is executing
        try:
            run_callbacks(state, *args, **options)
        finally:
            runner._execing = execing

    SafeSessionState.__init__ = without_yielding  # type: ignore[method-assign, assignment]
    SafeSessionState.on_script_will_rerun = run_all_callbacks  # type: ignore[method-assign, assignment]


def _yield_to_none() -> None:
    """Replaces the check for newer requests."""
