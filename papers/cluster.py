"""Rows on the workers of a dask cluster: a row, with the training of its network, is one task."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from distributed import Client, KilledWorker, as_completed
from distributed.client import FutureCancelledError

from certify.staged_runs.cluster import LOST, ClusterLostError
from papers.experiment import Experiment, Row
from papers.result_files import Result, add, shown
from papers.running import Step, has_to_train, measured, results_path, without_measuring
from papers.settings import Settings


def run_rows_on_cluster(
    client: Client,
    experiment: Experiment,
    rows: Sequence[Row],
    settings: Settings,
    folder: Path,
    *,
    again: bool = False,
    training: bool = True,
    known: Sequence[Path] = (),
) -> Iterator[Step]:
    """As `run_rows`, with all rows at once on a cluster's workers. Each result is written here when it arrives.

    A worker may end at any time: its row begins anew on another one, a training from its last checkpoint if the workers
    share `settings.folder`. Rows that wait for the same training are one task. The others go on when a row fails.

    Raises
    ------
    ClusterLostError
        If the scheduler does not answer any more. Results that have arrived are kept.
    OSError
        If a result cannot be written.
    ValueError
        If a file of results holds something else; at the end, if rows could not be measured.
    """
    results, waiting = shown(experiment.name, (folder, *known)), list[Row]()
    for row in rows:
        step = without_measuring(row, settings, None if again else results.get(row.name), training=training)
        waiting += [row] if step is None else []
        yield step or Step(row, "begins")
    tasks = {
        client.submit(_measured, experiment, task, settings, pure=False): task for task in _tasks(waiting, settings)
    }
    failures = []
    try:
        for future in as_completed(tasks):
            titles = ", ".join(row.title for row in tasks[future])
            try:
                measurements = future.result()
            except KilledWorker:
                failures.append(f"{titles}: every worker that measured it has ended: it may lack memory")
            except FutureCancelledError as error:
                raise ClusterLostError(LOST) from error
            except ValueError as error:
                failures.append(f"{titles}: {error}")
            else:
                for row, result in zip(tasks[future], measurements):
                    add(results_path(experiment, folder), row.name, result)
                    yield Step(row, "measured", result=result)
    finally:
        if client.status == "running":
            client.cancel(list(tasks))
    if failures:
        raise ValueError("; ".join(failures))


def _tasks(rows: Sequence[Row], settings: Settings) -> list[list[Row]]:
    """The rows task by task: each alone, unless it waits for the same training as others."""
    tasks: list[list[Row]] = []
    for row in rows:
        trains = has_to_train(row, settings)
        same = next((task for task in tasks if trains and task[0].source == row.source), None)
        if same is None:
            tasks.append([row])
        else:
            same.append(row)
    return tasks


def _measured(experiment: Experiment, rows: Sequence[Row], settings: Settings) -> list[Result]:
    """What a worker does."""
    return [measured(experiment, row, settings) for row in rows]
