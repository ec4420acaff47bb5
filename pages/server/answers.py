"""Keep answers to a browser's requests in the message queue when a script run clears it."""

from __future__ import annotations

ANSWERS = {"file_urls_response", "backend_operation_response"}  # the browser asks once, and waits for the answer


def keep_answers() -> None:
    """Keep answers in Streamlit's queue of messages when a new run of the script clears it.

    A browser asks for addresses before it uploads files, and for files that are made on request. If an answer is still
    in the queue when a script run begins, Streamlit drops it with the drawings of the last run. On a busy server an
    upload then never began.
    """
    from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

    clear = ForwardMsgQueue.clear

    def clear_but_answers(
        queue: ForwardMsgQueue, retain_lifecycle_msgs: bool = False, fragment_ids_this_run: list[str] | None = None
    ) -> None:
        answers = [message for message in queue._queue if message.WhichOneof("type") in ANSWERS]
        clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
        if retain_lifecycle_msgs:  # if not, all messages have been sent
            kept = {id(message) for message in queue._queue}
            queue._queue += [message for message in answers if id(message) not in kept]

    ForwardMsgQueue.clear = clear_but_answers  # type: ignore[method-assign, assignment]
