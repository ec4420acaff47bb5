"""Memory over minutes of live training: `python -m benchmarks.soak [--minutes 10] [--page]`.

Three trainers in lockstep on MMR's 128 points with everything the page has beside them: a watch each, a checkpoint
every second, and somebody who looks at curves and at snapshots of the timeline. Prints the process's memory ten times;
exit status 1 if the most of the second half is over 2 % more than that of the first. In the first the timelines fill.

With --page it is the app's own process that is looked at, while a page in Chromium trains three objectives and follows
them; each line then says how many pictures came and the longest time between two, and the last how long a click on
Pause took in the end: had pictures queued, it would have waited for them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import torch

from benchmarks.live_view import button, delay, opened
from geometry import enumerate_regions
from models.data.toy import DATASETS
from models.networks.builders import mlp
from models.training.checkpointer import Checkpointer
from models.training.lockstep import Lockstep
from models.training.trainer import Trainer
from models.training.watch import Watch

GROWTH = 1.02
PARTS = 10  # lines to print
COUNT = """(canvas) => {
    cancelAnimationFrame(window.pictures?.frame);
    const found = { count: 0, longest: 0, at: performance.now(), frame: 0 };
    window.pictures = found;
    let before = canvas.dataset.frame;
    const look = () => {
        const now = performance.now();
        if (canvas.dataset.frame !== before) found.count++, found.at = now;
        found.longest = Math.max(found.longest, now - found.at);
        before = canvas.dataset.frame;
        found.frame = requestAnimationFrame(look);
    };
    look();
}"""


def resident(process: int | str = "self") -> float:
    """MB of memory that a process has now."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--page", action="store_true", help="the app with a page in Chromium")
    options = parser.parse_args()
    seconds = 60 * options.minutes / PARTS
    memory = _page(seconds) if options.page else _alone(seconds)
    grown = max(memory[PARTS // 2 :]) / max(memory[: PARTS // 2])
    print(f"in the second half of {options.minutes:g} minutes at most {grown - 1:+.1%} against the first")
    return int(grown > GROWTH)


def _page(seconds: float) -> list[float]:
    """The memory of the server after each part, while a page follows training."""
    found = []
    with opened() as (page, server):
        button(page, "play").click()
        for part in range(PARTS):
            page.locator("canvas.marks").first.evaluate(COUNT)
            page.wait_for_timeout(1000 * seconds)
            count, longest = page.evaluate("[window.pictures.count, window.pictures.longest]")
            found.append(resident(server))
            step = page.locator(".timeline[data-moments]").last.get_attribute("aria-valuenow")
            print(
                f"{(part + 1) * seconds / 60:6.1f} min {found[-1]:8.1f} MB   step {int(step or 0):,}   "
                f"{count} pictures, at most {longest / 1000:.1f} s from one to the next",
                flush=True,
            )
        print(f"Pause took {delay(page, 'play', picture=False):.0f} ms")
    return found


def _alone(seconds: float) -> list[float]:
    """The memory of this process after each part, without a page."""
    data, together = DATASETS["mmr"](), Lockstep()
    x = torch.tensor(data.x, dtype=torch.float32)
    trainers = [
        Trainer(mlp((2, 100, 2)), x, data.y, objective, epochs=10**9, lockstep=together, device="cpu")
        for objective in ("plain", "kmmr", "adversarial")
    ]
    watches = [Watch(one, data.x, data.y, eps=0.1, p=2, window=data.window) for one in trainers]
    with tempfile.TemporaryDirectory() as folder:
        checkpointers = [Checkpointer(one, Path(folder) / f"{n}.checkpoint", every=1) for n, one in enumerate(trainers)]
        for one in trainers:
            one.start()
        memory = [_memory_after(seconds, trainers, watches, part) for part in range(PARTS)]
        for checkpointer, watch in zip(checkpointers, watches):
            checkpointer.stop()
            watch.stop()
        together.pause()
    return memory


def _memory_after(seconds: float, trainers: list[Trainer], watches: list[Watch], part: int) -> float:
    """Look on for so long; the memory then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for one, watch in zip(trainers, watches):
            shown = one.timeline.nearest(one.snapshot().step // 2)
            enumerate_regions(one.network(shown), (-1.2, 1.2, -1.2, 1.2))
            curves = {**one.losses.curves(), **watch.history.curves()}
            assert all(len(curve.steps) == len(curve.values) for curve in curves.values())
        time.sleep(0.3)
    found, one = resident(), trainers[0]
    held = f"{len(one.timeline)} snapshots, {len(one.losses)} records"
    print(f"{(part + 1) * seconds / 60:6.1f} min {found:8.1f} MB   step {one.snapshot().step:,}   {held}", flush=True)
    return found


if __name__ == "__main__":
    sys.exit(main())
