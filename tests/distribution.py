"""How `-n auto --dist loadfile` shares the tests out: a file at a time, those in browsers first and by half of all."""

from __future__ import annotations

from typing import Any

from xdist.scheduler.loadfile import LoadFileScheduling

BROWSER = "tests/browser/"


class BrowsersFirst(LoadFileScheduling):
    """Half of the processes take the files of tests in browsers before all others, the other half after them.

    Tests in browsers are few and long, and wait for much of their time. Begun last, as files of few tests are, they
    are what all processes wait for in the end. Begun by all at once, each process has servers and a Chromium of its
    own, and no process uses the time in which they wait. Else the files with the most tests go first.
    """

    def _assign_work_unit(self, node: Any) -> None:
        nodes = self.nodes
        wanted = nodes.index(node) < (len(nodes) + 1) // 2
        for scope in self.workqueue:
            if scope.startswith(BROWSER) == wanted:
                self.workqueue.move_to_end(scope, last=False)
                break
        super()._assign_work_unit(node)
