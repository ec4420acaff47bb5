"""What `python -m pages.server` changes about Streamlit, and that Streamlit is still as these changes expect."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit import config
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.pages_manager import PagesManager
from streamlit.watcher.local_sources_watcher import LocalSourcesWatcher

from pages.server import __main__ as start

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["update_watched_modules", "update_watched_pages"])
@pytest.mark.parametrize("watcher, looks", [("none", 0), ("auto", 1), ("poll", 1)])
def test_files_are_resolved_on_the_event_loop_only_where_files_are_watched(
    monkeypatch: pytest.MonkeyPatch, name: str, watcher: str, looks: int
):
    looked: list[LocalSourcesWatcher] = []
    for each in ("update_watched_modules", "update_watched_pages"):
        monkeypatch.setattr(LocalSourcesWatcher, each, looked.append)  # raises if there is none
    monkeypatch.setattr(config, "get_option", lambda name: watcher if name == "server.fileWatcherType" else None)
    start._watch_only_what_is_asked_for()
    one = object.__new__(LocalSourcesWatcher)
    getattr(one, name)()
    assert looked == [one] * looks


def test_streamlit_looks_for_files_to_watch_by_the_method_that_is_replaced():
    for name in ("update_watched_modules()", "update_watched_pages()"):
        assert name in inspect.getsource(AppSession._handle_scriptrunner_event_on_event_loop)


def test_a_fresh_server_takes_the_pages_from_the_script_and_warns_of_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    start._take_pages_from_the_script()
    PagesManager(str(start.APP))
    assert PagesManager.uses_pages_directory is False
    assert not caplog.records


def test_pandas_is_loaded_before_streamlit_serves_the_first_session():
    seen = "import sys, streamlit.web.cli as cli; cli.main = lambda: print('pandas' in sys.modules)"
    code = f"{seen}; print('pandas' in sys.modules); from pages.server.__main__ import run; run()"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ran.stdout.split() == ["False", "True"], ran.stderr


def test_streamlit_alone_would_take_them_from_the_folder(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    PagesManager(str(start.APP))
    assert PagesManager.uses_pages_directory, "it does not now: _take_pages_from_the_script may go"


def test_no_cache_belongs_to_a_session_so_that_nothing_is_ended_on_the_event_loop():
    """Streamlit empties such caches there, whenever a connection is lost: `session_resource` takes their place."""
    ended = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in (ROOT / "app.py", *(ROOT / "pages").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func).rsplit(".", 1)[-1] in ("cache_resource", "cache_data")
        if any(keyword.arg in ("scope", "on_release", None) for keyword in call.keywords)
    ]
    assert not ended
