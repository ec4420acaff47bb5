"""Start the app: python -m pages.server [options of `streamlit run`]

It runs `streamlit run app.py`. Before, it replaces some of Streamlit's functions: pages/server/README.md lists them.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from pages.server.answers import keep_answers
from pages.server.clicks import take_every_click
from pages.server.endings import hear_scripts_out, keep_finished_drawings
from pages.server.event_loop import spare_the_event_loop
from pages.server.first_page import serve_first_page
from pages.server.kept_messages import refer_to_kept_messages
from pages.server.leaving import leave_when_asked
from pages.server.pages_left import let_pages_go
from pages.server.session_values import fetch_values_when_asked
from pages.server.slow_browsers import let_slow_browsers_follow

APP = Path(__file__).parents[2] / "app.py"


def run() -> None:
    leave_when_asked()  # before Streamlit loads libraries that start threads
    from streamlit.web.cli import main

    _load_pandas()
    _take_pages_from_the_script()
    _watch_only_what_is_asked_for()
    serve_first_page()
    take_every_click()
    keep_answers()
    hear_scripts_out()
    keep_finished_drawings()
    let_pages_go()
    refer_to_kept_messages()
    let_slow_browsers_follow()
    spare_the_event_loop()
    fetch_values_when_asked()
    sys.argv = ["streamlit", "run", str(APP), *sys.argv[1:]]
    main()


def _load_pandas() -> None:
    """Load pandas before the first session.

    Plotly looks for it among the loaded modules whenever it makes a figure, and finds it half loaded while another
    session's first table loads it: the figure fails then.
    """
    import_module("pandas")


def _take_pages_from_the_script() -> None:
    """Tell Streamlit that the script lists the app's pages.

    If a folder named pages lies beside the script, Streamlit expects one page a file there until the script first calls
    `st.navigation`. A link to /certify that opens a fresh server would be met with "Page not found". Called here,
    `st.navigation` does nothing else, and warns that no script runs.
    """
    import streamlit as st

    logging.disable(logging.WARNING)
    try:
        st.navigation([_no_page])
    finally:
        logging.disable(logging.NOTSET)


def _no_page() -> None:
    """A page that no browser sees."""


def _watch_only_what_is_asked_for() -> None:
    """Let Streamlit look for files to watch only if the setting server.fileWatcherType asks for a watcher.

    Streamlit resolves the path of every loaded module after the first run of each session, on its event loop. It
    resolves the path of every page whenever a session begins, reconnects or ends a run. It does so even if it watches
    no files. When a class of students reconnects at once, every connection waits for that.
    """
    from streamlit import config
    from streamlit.watcher.local_sources_watcher import LocalSourcesWatcher

    def where_asked_for(update: Callable[[LocalSourcesWatcher], None]) -> Callable[[LocalSourcesWatcher], None]:
        def updated(watcher: LocalSourcesWatcher) -> None:
            if config.get_option("server.fileWatcherType") != "none":
                update(watcher)

        return updated

    for name in ("update_watched_modules", "update_watched_pages"):
        setattr(LocalSourcesWatcher, name, where_asked_for(getattr(LocalSourcesWatcher, name)))


if __name__ == "__main__":
    run()
