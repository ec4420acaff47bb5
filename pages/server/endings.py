"""Send what an ended script run has drawn, when the session's next run has already begun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
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


def keep_finished_drawings() -> None:
    """Keep what a finished run of the whole page has drawn, when a fragment's run begins before it is sent.

    Streamlit drops the fragment's drawings from its queue, since the fragment draws them anew, but tells the browser
    that the whole page has been drawn. The browser removes the elements that did not come, and makes new ones a moment
    later: a picture that is made anew has lost the keyboard's focus and what the user did meanwhile.
    """
    from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

    clear = ForwardMsgQueue.clear

    def clear_after_the_finished_run(
        queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
    ) -> None:
        finished: list[ForwardMsg] = []
        if retain_lifecycle_msgs and fragment_ids_this_run is not None:
            end = max((index for index, message in enumerate(queue._queue) if _finishes(message)), default=-1)
            finished, queue._queue = queue._queue[: end + 1], queue._queue[end + 1 :]
        clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
        queue._queue = finished + queue._queue

    ForwardMsgQueue.clear = clear_after_the_finished_run  # type: ignore[method-assign, assignment]


def _finishes(message: ForwardMsg) -> bool:
    """Whether it tells the browser that the whole page has been drawn."""
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    return (
        message.WhichOneof("type") == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
    )
