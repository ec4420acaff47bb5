"""Every click is taken, also when another request follows it at once."""

from __future__ import annotations

from typing import Any


def take_every_click() -> None:
    """Let no request interrupt Streamlit while it takes what a browser sent, before the callbacks of it have run.

    The browser sends a click once. Streamlit looks for a newer request before it takes the one at hand, and whenever a
    callback reads the session's state. If there is one, as of a view that tells its size, the click is dropped. Here
    the newer request waits until the callbacks have ended, milliseconds later.
    """
    from streamlit.runtime.scriptrunner import ScriptRunner
    from streamlit.runtime.state import SafeSessionState

    take = SafeSessionState.on_script_will_rerun

    def take_whole(state: SafeSessionState, *args: Any, **options: Any) -> None:
        runner: ScriptRunner = state._yield_callback.__self__  # type: ignore[attr-defined]
        execing, runner._execing = runner._execing, False  # Streamlit interrupts only what is executing
        try:
            take(state, *args, **options)
        finally:
            runner._execing = execing

    SafeSessionState.on_script_will_rerun = take_whole  # type: ignore[method-assign, assignment]
