"""Start the app: python -m pages.server [options of `streamlit run`]

As `streamlit run app.py`, with these differences. A folder named pages beside the script makes Streamlit expect its old
layout, one page a file, until the script has run once; a link to /certify that opens a fresh server would be met with
"Page not found". Here the pages are those that app.py lists, from the start. And the process ends within seconds when
it is asked to, with all trainings saved. Where no files are watched, Streamlit does not look for those to watch either.
The first document has the app's style and words (`first_page`). Every click is taken (`clicks`), every question of a
browser is answered (`answers`), what a script has drawn arrives (`endings`), a page that has been left stays left
(`pages_left`), a browser that reads slowly can follow (`slow_browsers`), the thread that answers is spared what holds
it up (`event_loop`), and a control looks up its own value only (`session_values`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from pages.server.answers import keep_answers
from pages.server.clicks import take_every_click
from pages.server.endings import hear_scripts_out
from pages.server.event_loop import spare_the_event_loop
from pages.server.first_page import serve_first_page
from pages.server.leaving import leave_when_asked
from pages.server.pages_left import let_pages_go
from pages.server.session_values import fetch_values_when_asked
from pages.server.slow_browsers import let_slow_browsers_follow

APP = Path(__file__).parents[2] / "app.py"


def run() -> None:
    leave_when_asked()  # before Streamlit loads libraries that start threads
    from streamlit.runtime.pages_manager import PagesManager
    from streamlit.web.cli import main

    PagesManager.uses_pages_directory = False
    _watch_only_what_is_asked_for()
    serve_first_page()
    take_every_click()
    keep_answers()
    hear_scripts_out()
    let_pages_go()
    let_slow_browsers_follow()
    spare_the_event_loop()
    fetch_values_when_asked()
    sys.argv = ["streamlit", "run", str(APP), *sys.argv[1:]]
    main()


def _watch_only_what_is_asked_for() -> None:
    """Streamlit resolves the path of every loaded module after the first run of each session, on its event loop.

    And that of every page whenever a session begins, comes back or ends a run; also where it then watches none of them.
    A class that comes back at once would keep everybody waiting for it.
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
