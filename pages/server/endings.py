"""Send what an ended script run has drawn, when the session's next run has already begun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamlit.runtime.app_session import AppSession
    from streamlit.runtime.scriptrunner import ScriptRunner


def hear_scripts_out() -> None:
    """Handle the events of an ended script run after the session's next run has begun.

    A script run sends events to the event loop, such as what it draws. If a request comes when the run has ended and
    some of its events are still to be handled, Streamlit begins the next run and ignores the events of the first. On a
    busy server a view that had asked for more of its picture lost the answer, and waited for ever.
    """
    from streamlit.runtime.app_session import AppSession
    from streamlit.runtime.scriptrunner import ScriptRunnerEvent

    handle = AppSession._handle_scriptrunner_event_on_event_loop

    def handle_also_of_ended_runs(
        session: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, *args: Any, **more: Any
    ) -> None:
        current = session._scriptrunner
        if sender is None or current is None or sender is current or event is ScriptRunnerEvent.SHUTDOWN:
            return handle(session, sender, event, *args, **more)
        session._scriptrunner = sender  # its events come before those of the current run
        try:
            handle(session, sender, event, *args, **more)
        finally:
            session._scriptrunner = current

    AppSession._handle_scriptrunner_event_on_event_loop = handle_also_of_ended_runs  # type: ignore[method-assign, assignment]
