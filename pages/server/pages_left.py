"""A page that has been left does not bring the browser back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.proto.ClientState_pb2 import ClientState
    from streamlit.runtime.app_session import AppSession

LEFT, AT = "_reluscope_page_left", "_reluscope_page_at"  # on the session: hashes of pages


def let_pages_go() -> None:
    """Let what a page sends after it has been left count for the page that comes.

    The browser names the page that it shows in every request. Until it has heard of another page, that is the one
    before: a view that tells where it came to rest, a moment after a link was clicked, asks Streamlit to run the page
    that was left, and the click is undone.
    """
    from streamlit.proto.ClientState_pb2 import ClientState
    from streamlit.runtime.app_session import AppSession

    ask = AppSession.request_rerun

    def ask_for_the_page_to_come(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is None or not _comes_late(session, client_state):
            ask(session, client_state)
        elif not client_state.fragment_id:  # a fragment of the page before is gone
            coming = ClientState()
            coming.CopyFrom(client_state)
            coming.ClearField("widget_states")
            coming.ClearField("query_string")
            coming.page_script_hash = getattr(session, AT)
            ask(session, coming)

    AppSession.request_rerun = ask_for_the_page_to_come  # type: ignore[method-assign, assignment]


def _comes_late(session: AppSession, request: ClientState) -> bool:
    """Whether a page asks that the session has left, and the browser still shows. Notes where the session is.

    A click on a link to a page tells of no widgets on it, and neither does the browser's Back; all else does.
    """
    before = getattr(session, AT, "")
    at = _page_of(session) or before
    if at != before:
        setattr(session, LEFT, before)
    asked, of_a_page = request.page_script_hash, bool(request.fragment_id or request.widget_states.widgets)
    if of_a_page and not request.is_history_navigation and asked and asked == getattr(session, LEFT, ""):
        setattr(session, AT, at)
        return True
    if asked == at and of_a_page:
        setattr(session, LEFT, "")  # the browser shows the page
    elif asked and asked != at:
        setattr(session, LEFT, at)
        at = asked
    setattr(session, AT, at)
    return False


def _page_of(session: AppSession) -> str:
    """The page that was asked for last, by the browser or by a script."""
    from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

    runner = session._scriptrunner
    if runner is not None and runner._requests._state is ScriptRequestType.RERUN:
        return runner._requests._rerun_data.page_script_hash
    return session._pages_manager.intended_page_script_hash or ""
