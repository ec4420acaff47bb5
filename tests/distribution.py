"""How `-n auto --dist loadfile` shares the tests out: a file at a time, those in browsers together, and first."""

from __future__ import annotations

import os
from typing import Any

from xdist.scheduler.loadfile import LoadFileScheduling

BROWSER = "tests/browser/"
CORES = os.cpu_count() or 1
BROWSERS = max(1, CORES // 2)  # each group of tests has a Chromium of its own, and servers


def scope_of(file: str) -> str:
    """What one process runs: a file, or a share of the files in browsers."""
    if not file.startswith(BROWSER):
        return file
    return f"{BROWSER}{sum(file.encode()) % BROWSERS}"


class BrowsersFirst(LoadFileScheduling):
    """Files by their number of tests; tests in browsers, which are few and long, go before them.

    Begun last, they are what all processes wait for, and each process that takes some starts servers and a Chromium.
    """

    def _split_scope(self, nodeid: str) -> str:
        return scope_of(super()._split_scope(nodeid))

    def _assign_work_unit(self, node: Any) -> None:
        for scope in [scope for scope in self.workqueue if scope.startswith(BROWSER)]:
            self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)
