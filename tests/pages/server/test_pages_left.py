"""What a page sends after it has been left does not bring the browser back to it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests

from pages.server.pages_left import let_pages_go


def request(page: str, *widgets: str, fragment: str = "", history: bool = False) -> ClientState:
    """What the browser sends: the page that it shows, or that a link leads to, and the widgets there."""
    state = ClientState(page_script_hash=page, fragment_id=fragment, is_history_navigation=history)
    for widget in widgets:
        state.widget_states.widgets.add(id=widget, string_value="value")
    return state


class Session:
    """An AppSession that runs nothing; `pages` are those that Streamlit would run."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self._scriptrunner = SimpleNamespace(_requests=ScriptRequests())
        self._pages_manager = SimpleNamespace(intended_page_script_hash=None)

    def run(self, page: str) -> None:
        """A run of this page begins, as after a request or st.switch_page."""
        self._scriptrunner._requests.on_scriptrunner_ready()
        self._scriptrunner._requests = ScriptRequests()
        self._pages_manager.intended_page_script_hash = page


Send = Callable[..., list[str]]


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def send(session: Session, monkeypatch: pytest.MonkeyPatch) -> Send:
    def asked(session: Session, state: ClientState) -> None:
        session.pages.append(f"{state.page_script_hash}{':' + state.fragment_id if state.fragment_id else ''}")
        session._scriptrunner._requests.request_rerun(RerunData(page_script_hash=state.page_script_hash))

    monkeypatch.setattr(AppSession, "request_rerun", asked)
    let_pages_go()

    def send(*details: str, **more: str) -> list[str]:
        AppSession.request_rerun(session, request(*details, **more))
        return session.pages

    return send


def test_a_view_that_tells_where_it_came_to_rest_after_a_link_was_clicked_does_not_undo_the_click(session, send):
    send("explore", "view")
    session.run("explore")
    send("certify")  # a link
    assert send("explore", "view") == ["explore", "certify", "certify"]
    session.run("certify")
    assert send("explore", "view")[-1] == "certify"
    assert send("certify", "ladder")[-1] == "certify"
    assert send("explore")[-1] == "explore"


def test_nor_does_it_where_a_script_led_to_another_page(session, send):
    send("explore", "view")
    session.run("explore")
    session.run("certify")  # st.switch_page
    assert send("explore", "view")[-1] == "certify"


def test_a_fragment_of_a_page_that_was_left_runs_no_more(session, send):
    send("train", "play")
    session.run("train")
    send("slices")
    assert send("train", "clock", fragment="stage") == ["train", "slices"]


def test_who_changes_their_mind_is_followed(session, send):
    send("explore", "view")
    session.run("explore")
    send("certify")
    assert send("explore")[-1] == "explore"
    assert send("certify", "ladder")[-1] == "explore"  # the browser showed it for a moment
    assert send("explore", "view")[-1] == "explore"


def test_the_browsers_back_is_followed(session, send):
    send("explore", "view")
    session.run("explore")
    send("certify")
    session.run("certify")
    assert send("explore", "tour", history=True)[-1] == "explore"


def test_a_page_that_speaks_of_itself_is_asked_for_as_ever(session, send):
    for _ in range(3):
        send("explore", "view")
        session.run("explore")
    assert send("explore", "view", fragment="part") == ["explore"] * 3 + ["explore:part"]
