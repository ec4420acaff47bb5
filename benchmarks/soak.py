"""Memory over minutes of live training: `python -m benchmarks.soak [--minutes 10] [--page]`.

Three trainers run in lockstep on MMR's 128 points with all that the page adds: a watch each, a checkpoint every second,
and reads of curves and of snapshots of the timeline. Prints the process's memory ten times; exit status 1 if the peak
of the second half is more than 2 % above that of the first, in which the timelines fill.

With --page the memory is the app's, while a page in Chromium trains three objectives and shows them. Each line then has
the number of pictures and the longest time between two. The last line has the time of a click on Pause: a queue of
pictures would delay it.
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

GROWTH = 1.02  # of the peak from the first half to the second, at most
PARTS = 10  # lines to print
COUNT = """(canvas) => {
    cancelAnimationFrame(window.pictures?.frame);
    const pictures = { count: 0, longest: 0, at: performance.now(), frame: 0 };
    window.pictures = pictures;
    let before = canvas.dataset.frame;
    const look = () => {
        const now = performance.now();
        if (canvas.dataset.frame !== before) pictures.count++, pictures.at = now;
        pictures.longest = Math.max(pictures.longest, now - pictures.at);
        before = canvas.dataset.frame;
        pictures.frame = requestAnimationFrame(look);
    };
    look();
}"""


def resident(process: int | str = "self") -> float:
    """Resident memory of a process now, in MB."""
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
    """The memory of the server after each part, while a page shows the training."""
    memory = []
    with opened() as (page, server):
        button(page, "play").click()
        for part in range(PARTS):
            page.locator("canvas.marks").first.evaluate(COUNT)
            page.wait_for_timeout(1000 * seconds)
            count, longest = page.evaluate("[window.pictures.count, window.pictures.longest]")
            memory.append(resident(server))
            step = page.locator(".timeline[data-moments]").last.get_attribute("aria-valuenow")
            print(
                f"{(part + 1) * seconds / 60:6.1f} min {memory[-1]:8.1f} MB   step {int(step or 0):,}   "
                f"{count} pictures, at most {longest / 1000:.1f} s from one to the next",
                flush=True,
            )
        print(f"Pause took {delay(page, 'play', picture=False):.0f} ms")
    return memory


def _alone(seconds: float) -> list[float]:
    """The memory of this process after each part, without a page."""
    data, together = DATASETS["mmr"](), Lockstep()
    x = torch.tensor(data.x, dtype=torch.float32)
    trainers = [
        Trainer(mlp((2, 100, 2)), x, data.y, objective, epochs=10**9, lockstep=together, device="cpu")
        for objective in ("plain", "kmmr", "adversarial")
    ]
    watches = [Watch(trainer, data.x, data.y, eps=0.1, p=2, window=data.window) for trainer in trainers]
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / f"{number}.checkpoint" for number in range(len(trainers))]
        checkpointers = [Checkpointer(trainer, file, every=1) for trainer, file in zip(trainers, files)]
        for trainer in trainers:
            trainer.start()
        memory = [_memory_after(seconds, trainers, watches, part) for part in range(PARTS)]
        for checkpointer, watch in zip(checkpointers, watches):
            checkpointer.stop()
            watch.stop()
        together.pause()
    return memory


def _memory_after(seconds: float, trainers: list[Trainer], watches: list[Watch], part: int) -> float:
    """Read snapshots and curves for `seconds`; the memory after that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for trainer, watch in zip(trainers, watches):
            shown = trainer.timeline.nearest(trainer.snapshot().step // 2)
            enumerate_regions(trainer.network(shown), (-1.2, 1.2, -1.2, 1.2))
            curves = {**trainer.losses.curves(), **watch.history.curves()}
            assert all(len(curve.steps) == len(curve.values) for curve in curves.values())
        time.sleep(0.3)
    memory, trainer = resident(), trainers[0]
    step = trainer.snapshot().step
    sizes = f"{len(trainer.timeline)} snapshots, {len(trainer.losses)} records"
    print(f"{(part + 1) * seconds / 60:6.1f} min {memory:8.1f} MB   step {step:,}   {sizes}", flush=True)
    return memory


if __name__ == "__main__":
    sys.exit(main())
