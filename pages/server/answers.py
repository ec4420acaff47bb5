"""Every answer to what a browser asked reaches it, also when a script begins at that moment."""

from __future__ import annotations

ANSWERS = {"file_urls_response", "backend_operation_response"}  # the browser asks once, and waits


def keep_answers() -> None:
    """Keep answers in Streamlit's queue of messages when a new run of the script clears it.

    A browser asks for addresses before it uploads files, and asks for files that are made when somebody wants them.
    Streamlit drops an answer that is still in the queue when a script begins, as if the last run had drawn it: on a
    busy server an upload never began.
    """
    from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

    clear = ForwardMsgQueue.clear

    def clear_but_answers(
        queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
    ) -> None:
        answers = [message for message in queue._queue if message.WhichOneof("type") in ANSWERS]
        clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
        if retain_lifecycle_msgs:  # without, all messages have been taken to be sent
            left = {id(message) for message in queue._queue}
            queue._queue += [message for message in answers if id(message) not in left]

    ForwardMsgQueue.clear = clear_but_answers  # type: ignore[method-assign, assignment]
