"""Late requests of a page that the user has left do not bring the browser back to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamlit.proto.ClientState_pb2 import ClientState
    from streamlit.runtime.app_session import AppSession

LEFT, AT = "_reluscope_page_left", "_reluscope_page_at"  # on the session: hashes of pages


def let_pages_go() -> None:
    """Apply requests that a page sends after the user has left it to the page that comes.

    The browser names the page that it shows in every request. Until the next page arrives, it names the page before. So
    a view that reports its final position, a moment after a click on a link, asks Streamlit to run the page that the
    user has left. That undoes the click.
    """
    from streamlit.proto.ClientState_pb2 import ClientState
    from streamlit.runtime.app_session import AppSession

    request_rerun = AppSession.request_rerun

    def request_coming_page(session: AppSession, client_state: ClientState | None) -> None:
        if client_state is None or not _comes_late(session, client_state):
            request_rerun(session, client_state)
        elif not client_state.fragment_id:  # the fragments of the page before no longer exist
            coming = ClientState()
            coming.CopyFrom(client_state)
            coming.ClearField("widget_states")
            coming.ClearField("query_string")
            coming.page_script_hash = getattr(session, AT)
            request_rerun(session, coming)

    AppSession.request_rerun = request_coming_page  # type: ignore[method-assign, assignment]


def _comes_late(session: AppSession, request: ClientState) -> bool:
    """Whether the request comes from a page that the session has left and the browser still shows.

    Stores the session's page, too. A click on a link to a page sends no widget values, and neither does the browser's
    Back; every other request does.
    """
    before = getattr(session, AT, "")
    at = _page_of(session) or before
    if at != before:
        setattr(session, LEFT, before)
    page, of_a_page = request.page_script_hash, bool(request.fragment_id or request.widget_states.widgets)
    if of_a_page and not request.is_history_navigation and page and page == getattr(session, LEFT, ""):
        setattr(session, AT, at)
        return True
    if page == at and of_a_page:
        setattr(session, LEFT, "")  # the browser shows the page
    elif page and page != at:
        setattr(session, LEFT, at)
        at = page
    setattr(session, AT, at)
    return False


def _page_of(session: AppSession) -> str:
    """The hash of the page that the browser or a script requested last."""
    from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

    runner = session._scriptrunner
    if runner is not None and runner._requests._state is ScriptRequestType.RERUN:
        return runner._requests._rerun_data.page_script_hash
    return session._pages_manager.intended_page_script_hash or ""
