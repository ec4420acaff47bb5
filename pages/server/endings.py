"""What a script has drawn reaches the browser, also when the next script begins before the server has passed it on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamlit.runtime.app_session import AppSession
    from streamlit.runtime.scriptrunner import ScriptRunner


def hear_scripts_out() -> None:
    """Pass on what a script that has ended still had to say when another one of its session has begun.

    A script tells the event loop what it draws. If a request comes when it has ended and the event loop has not heard
    all of it yet, Streamlit begins another script and takes no notice of the first one any more. On a busy server
    the answer to a view that had asked for more of its picture was lost, and the view waited for ever.
    """
    from streamlit.runtime.app_session import AppSession
    from streamlit.runtime.scriptrunner import ScriptRunnerEvent

    hear = AppSession._handle_scriptrunner_event_on_event_loop

    def hear_out(
        session: AppSession, sender: ScriptRunner | None, event: ScriptRunnerEvent, *args: Any, **more: Any
    ) -> None:
        now = session._scriptrunner
        if sender is None or now is None or sender is now or event is ScriptRunnerEvent.SHUTDOWN:
            return hear(session, sender, event, *args, **more)
        session._scriptrunner = sender  # it says this before the script of now says anything
        try:
            hear(session, sender, event, *args, **more)
        finally:
            session._scriptrunner = now

    AppSession._handle_scriptrunner_event_on_event_loop = hear_out  # type: ignore[method-assign, assignment]
