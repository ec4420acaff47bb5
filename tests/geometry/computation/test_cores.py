"""How many cores a computation uses: by its work, and by what other processes leave free."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from certify import attack, bounds, minimal_perturbation, verify
from geometry import as_network, enumerate_regions
from geometry.computation import cores, tuning
from geometry.network import affine
from tests.strategies import mlp


@pytest.fixture
def four_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Says how many threads run on a machine of four cores, as the system would."""
    file = tmp_path / "loadavg"
    monkeypatch.setattr(cores, "LOAD", file)
    monkeypatch.setattr(cores, "FRESH", -1.0)
    monkeypatch.setattr(cores.os, "cpu_count", lambda: 4)

    def running(threads: int) -> None:
        file.write_text(f"0.5 0.5 0.5 {threads}/300 4711\n")

    return running


def test_small_products_run_on_one_core_however_idle_the_machine(four_threads, machine):
    machine(1)
    assert cores.cores_for(tuning.SHARED - 1) == 1


@pytest.mark.parametrize(("threads", "expected"), [(1, 4), (2, 3), (3, 2), (4, 1), (9, 1)])
def test_large_products_share_the_cores_that_nobody_else_runs_on(four_threads, machine, threads, expected):
    machine(threads)
    assert cores.cores_for(tuning.SHARED) == expected


def test_what_must_be_repeatable_does_not_depend_on_other_processes(four_threads, machine):
    for threads in (1, 9):
        machine(threads)
        assert cores.cores_for(tuning.SHARED, repeatable=True) == 1
        assert cores.cores_for(tuning.HUGE, repeatable=True) == 4


def test_a_system_that_says_nothing_counts_as_busy(four_threads, monkeypatch, tmp_path):
    monkeypatch.setattr(cores, "LOAD", tmp_path / "missing")
    monkeypatch.setattr(cores, "FRESH", -1.0)
    assert cores.cores_for(tuning.SHARED) == 1


def test_never_more_cores_than_torch_was_given(machine):
    machine(1)
    with cores.cores(2):
        assert cores.cores_for(tuning.HUGE) == 2
    with cores.cores(1):
        assert cores.cores_for(tuning.HUGE) == 1


def test_cores_are_those_of_one_thread_and_given_back(four_threads):
    elsewhere: list[int] = []
    with cores.by_work(1):
        assert torch.get_num_threads() == 1
        other = threading.Thread(target=lambda: elsewhere.append(torch.get_num_threads()))
        other.start()
        other.join()
    assert elsewhere == [4] and torch.get_num_threads() == 4


NETWORK, SQUARE = as_network(mlp([2, 30, 30, 3], 0), (2,)), np.zeros((1, 2))
LABEL = NETWORK.scores(torch.from_numpy(SQUARE)).argmax(1)
ENGINES = {
    "enumeration": lambda net: enumerate_regions(net, (-1, 1, -1, 1)),
    "bounds": lambda net: bounds(net, SQUARE, 0.1, 2, "alpha-crown"),
    "attack": lambda net: attack(net, SQUARE, LABEL, "pgd", eps=0.1, p=2),
    "verify": lambda net: verify(net, SQUARE, LABEL, 0.1, 2),
    "minimal perturbation": lambda net: minimal_perturbation(net, SQUARE, 2, time_limit=2),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_runs_a_small_network_on_one_core(engine, four_threads, machine, monkeypatch):
    machine(1)
    seen: list[int] = []
    real = torch.addmm
    monkeypatch.setattr(affine.torch, "addmm", lambda *a, **k: (seen.append(torch.get_num_threads()), real(*a, **k))[1])
    ENGINES[engine](NETWORK)
    assert seen[-1] == 1 and seen.count(4) <= 4  # but for which class the point has, before the engine begins


def test_numpy_s_products_run_on_one_core():
    assert all(pool["num_threads"] == 1 for pool in threadpool_info() if pool["user_api"] == "blas")
