"""Redo a table or a figure of a paper.

python -m papers list
python -m papers run mmr-table-1 --rows 'mnist-fc1-linf-*' --points 1000 --seconds 10
python -m papers show mmr-table-1
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from certify.staged_runs.cluster import workers_at
from papers.cluster import run_rows_on_cluster
from papers.experiment import Experiment, Row
from papers.experiments import EXPERIMENTS, experiment
from papers.mmr.table_1 import TABLE_1
from papers.result_files import SHIPPED, shown
from papers.running import Step, chosen_rows, run_rows
from papers.settings import RUNS, Settings
from papers.summary import summary
from papers.text import MODULE, beginning, listed, provenance, shown_text

INSTALLED = "reluscope papers"  # the name under which the command `reluscope` calls it
LACKING, WRONG, INTERRUPTED = 1, 2, 130  # exit statuses; 130 is that of programs that the keyboard ended
SHOW = 0.2  # seconds between updates of the progress: a limit on what it writes


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status.

    0: everything asked for is there. 1: some row lacks something, and the others are there. 2: wrong arguments, or a
    result that cannot be read or written. 130: it was interrupted; what is measured is kept.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        status: int = options.do(options)
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("\ninterrupted; finished rows are kept, and the same command goes on", file=sys.stderr)
        return INTERRUPTED
    return status


def _list(options: argparse.Namespace) -> int:
    folders = _folders(options)
    print(listed([(each, shown(name, folders)) for name, each in EXPERIMENTS.items()], Settings()))
    return 0


def _show(options: argparse.Namespace) -> int:
    chosen = experiment(options.name)
    print(shown_text(chosen, shown(chosen.name, _folders(options)), Settings()))
    return 0


def _summary(options: argparse.Namespace) -> int:
    print(summary(shown(TABLE_1.name, _folders(options))))
    return 0


def _run(options: argparse.Namespace) -> int:
    chosen = experiment(options.name)
    rows = chosen_rows(chosen, options.rows)
    settings = Settings(
        options.points, options.epochs, options.seconds, options.seed, options.device, options.network,
        options.results / "networks",
    )  # fmt: skip
    line, lacking = Line(), 0
    for step in _steps(options, chosen, rows, settings, line):
        if step.state == "begins":
            line.begin(step.row.title)
            print(f"{step.row.title}: {beginning(step.row, settings)} …", flush=True)
        elif step.state == "untrained":
            lacking += 1
            print(f"{step.row.title}: its network is not trained yet", flush=True)
        elif step.state == "missing":
            lacking += 1
            print(f"{step.row.title}: needs {step.words}", flush=True)
        else:
            line.clear()
            print(f"{step.row.title}: {provenance(chosen, step.row, step.result, settings)}", flush=True)
    print(f"\n{MODULE} show {chosen.name}")
    return LACKING if lacking else 0


def _steps(
    options: argparse.Namespace, chosen: Experiment, rows: Sequence[Row], settings: Settings, line: Line
) -> Iterator[Step]:
    """The rows' steps: on a cluster if one is named, else here."""
    which: dict[str, Any] = {"again": options.again, "training": options.training, "known": (SHIPPED,)}
    if options.scheduler is None:
        yield from run_rows(chosen, rows, settings, options.results, **which, progress=line.show)
        return
    with workers_at(options.scheduler) as workers:
        yield from run_rows_on_cluster(workers.client, chosen, rows, settings, options.results, **which)


def _folders(options: argparse.Namespace) -> tuple[Path, ...]:
    """Where results are looked for, those that hide others first."""
    return (options.results, SHIPPED)


@dataclass
class Line:
    """The progress of a row, on one line of the terminal."""

    stream: TextIO = field(default_factory=lambda: sys.stderr)
    title: str = ""
    next: float = 0.0
    length: int = 0

    def begin(self, title: str) -> None:
        self.title, self.next = title, 0.0

    def show(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if now >= self.next or done == total:
            self.next = now + SHOW
            self._write(f"{self.title}: {what}, {done} of {total}")

    def clear(self) -> None:
        if self.length:
            self._write("")
            print("\r", end="", file=self.stream, flush=True)

    def _write(self, text: str) -> None:
        print(f"\r{text:{self.length}}", end="", file=self.stream, flush=True)
        self.length = len(text)


def _parser() -> argparse.ArgumentParser:
    program = INSTALLED if sys.argv[0] == INSTALLED else MODULE
    parser = argparse.ArgumentParser(
        prog=program,
        description=(__doc__ or "").replace(MODULE, program),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    folder = argparse.ArgumentParser(add_help=False)
    folder.add_argument(
        "--results", type=Path, default=RUNS, metavar="FOLDER", help=f"where results of runs lie (default: {RUNS})"
    )
    commands = parser.add_subparsers(required=True, metavar="list | run | show | summary")
    every = commands.add_parser("list", parents=[folder], help="all tables and figures")
    every.set_defaults(do=_list)
    show = commands.add_parser("show", parents=[folder], help="the paper's numbers beside ours")
    show.set_defaults(do=_show)
    short = commands.add_parser("summary", parents=[folder], help="MNIST and Fashion-MNIST in one table of Markdown")
    short.set_defaults(do=_summary)
    run = commands.add_parser("run", parents=[folder], help="measure rows; those that are done are not run again")
    run.set_defaults(do=_run)
    for command in (show, run):
        command.add_argument("name", metavar="NAME", help="such as mmr-table-1")
    add = run.add_argument
    add("--rows", nargs="+", default=[], metavar="ROW", help="names of rows, which may have * and ? (default: all)")
    add("--points", type=int, help="points to measure on (default: as many as the paper)")
    add("--epochs", type=int, help="train so long (default: the gallery's network, or as long as the paper)")
    add("--seconds", type=float, help="time limit of an exact search on one point (default: the paper's)")
    add("--seed", type=int, default=0, help="of initial weights, batches and random draws")
    add("--device", default="auto", help="what trains: auto, cpu, cuda or cuda:1 (default: a GPU if there is one)")
    add("--scheduler", metavar="ADDRESS", help="run rows on this dask cluster, such as tcp://10.0.0.5:8786")
    add("--network", type=Path, metavar="FILE", help="measure this network in place of the rows' own")
    add("--no-training", dest="training", action="store_false", help="leave out rows whose network is not trained yet")
    add("--again", action="store_true", help="run rows again that have a result")
    return parser
