"""Rows on a cluster: the same results, each kept as it arrives, whatever becomes of the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster

from certify.staged_runs.cluster import ClusterLostError
from models.training.recipes import Recipe
from papers import sources
from papers.cluster import run_rows_on_cluster
from papers.experiment import Experiment, Measured, Row
from papers.job import Job
from papers.result_files import Result, read
from papers.running import run_rows
from papers.settings import Settings
from papers.sources import Trained
from tests.papers.toy import NAME, TOY

pytestmark = pytest.mark.slow
USUAL = Settings()
RECIPE = Recipe("a toy", "moons", "4", "plain", epochs=2, eps=0.1)


@pytest.fixture
def client() -> Iterator[Client]:
    """Of a cluster of threads, which starts at once."""
    with (
        LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


def states(
    client: Client, experiment: Experiment, folder: Path, settings: Settings = USUAL, **options: Any
) -> list[str]:
    steps = run_rows_on_cluster(client, experiment, experiment.rows, settings, folder, **options)
    return [step.state for step in steps]


def bare(results: dict[str, Result]) -> dict[str, Result]:
    return {name: replace(result, took=0.0) for name, result in results.items()}


def test_the_results_are_those_of_one_process(client: Client, folder: Path, tmp_path: Path) -> None:
    assert states(client, TOY, folder) == ["begins", "begins", "missing", "measured", "measured"]
    assert states(client, TOY, folder) == ["done", "done", "missing"]
    list(run_rows(TOY, TOY.rows, USUAL, tmp_path / "here"))
    assert bare(read(folder / f"{NAME}.json")) == bare(read(tmp_path / "here" / f"{NAME}.json"))


def test_a_row_that_fails_leaves_the_others_alone(client: Client, folder: Path) -> None:
    def failing(row: Row, job: Job) -> Measured:
        if row.name == "moons":
            raise ValueError("no such points")
        return TOY.measure(row, job)

    with pytest.raises(ValueError, match="no such points"):
        states(client, replace(TOY, measure=failing), folder)
    assert set(read(folder / f"{NAME}.json")) == {"spirals"}


def test_a_network_that_two_rows_wait_for_is_trained_once(
    client: Client, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[str] = []
    train = sources.train

    def counted(recipe: Recipe, path: Path, settings: Settings, held_out: int = 0) -> None:
        trained.append(path.name)
        train(recipe, path, settings, held_out)

    monkeypatch.setattr(sources, "train", counted)
    rows = tuple(replace(TOY.rows[0], name=name, source=Trained("a-toy", RECIPE)) for name in ("one", "two"))
    settings = replace(USUAL, folder=tmp_path / "networks")
    assert states(client, replace(TOY, rows=rows), folder, settings) == ["begins"] * 2 + ["measured"] * 2
    assert len(trained) == 1


def test_a_scheduler_that_ends_leaves_what_had_arrived(client: Client, folder: Path) -> None:
    steps = run_rows_on_cluster(client, TOY, TOY.rows[:2], USUAL, folder)
    with pytest.raises(ClusterLostError, match="the scheduler does not answer"):
        for step in steps:
            if step.state == "measured":
                client.cluster.close()
                client.close()
    assert read(folder / f"{NAME}.json")
