"""One budget of memory: what is reserved counts until it is given back; what does not fit is refused with numbers."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geometry.computation import memory
from geometry.computation.memory import VARIABLE, Budget, NoRoomError, given_memory, machine_memory

GB = 10**9


def machine(root: Path, files: dict[str, str]) -> Path:
    """A folder with the files that Linux has for a process."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


MEMINFO = {"proc/meminfo": "MemTotal:       16000000 kB\nMemFree:         1000 kB\n"}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, 16_000_000 * 1024),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, 16_000_000 * 1024),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "4000000000\n"}, 4 * GB),
        (
            {
                "proc/self/cgroup": "0::/system.slice/app.service\n",
                "sys/fs/cgroup/system.slice/memory.max": "3000000000\n",
                "sys/fs/cgroup/system.slice/app.service/memory.max": "max\n",
            },
            3 * GB,
        ),
        (
            {
                "proc/self/cgroup": "5:cpu,cpuacct:/\n4:memory:/docker/abc\n",
                "sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "2000000000\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            },
            2 * GB,
        ),
        ({"sys/fs/cgroup/memory.max": "5000000000\n"}, 5 * GB),
    ],
)
def test_the_machine_has_what_its_control_groups_allow(tmp_path: Path, files: dict[str, str], expected: int) -> None:
    assert machine_memory(machine(tmp_path, MEMINFO | files)) == expected


def test_this_machine_has_memory() -> None:
    assert 10**8 < machine_memory() < 10**14


@pytest.mark.parametrize("text", ["much", "-1", "nan", "inf", "0"])
def test_a_variable_that_names_no_memory_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(ValueError, match=f"{VARIABLE} .* got '{text}'"):
        given_memory()


def test_the_variable_goes_before_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "2.5")
    assert given_memory() == 2.5 * GB
    assert memory._for_work() == 1.5 * GB


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["", "a", "b"]), st.integers(0, 60), st.booleans())))
def test_what_is_held_is_never_more_than_there_is(asked: list[tuple[int, str, int, bool]]) -> None:
    budget, held = Budget(100), []
    for size, queue, turn, give_back in asked:
        wanted = [*((one.size, one.queue, one.turn) for one in held), (size, queue, turn)]
        turns = {name: max(most for _, other, most in wanted if other == name) for _, name, _ in wanted}
        fits = sum(one for one, _, _ in wanted) + sum(turns.values()) <= 100
        assert (budget.lack(size, queue=queue, turn=turn) == "") == fits
        if fits:
            held.append(budget.reserve(size, queue=queue, turn=turn))
        else:
            with pytest.raises(NoRoomError):
                budget.reserve(size, queue=queue, turn=turn)
        if give_back and held:
            held.pop(0).release()
    for one in held:
        one.release()
        one.release()
    assert budget.free == 100


def test_a_refusal_says_how_much_is_needed_how_much_there_is_and_what_to_change() -> None:
    budget = Budget(4 * GB)
    with pytest.raises(NoRoomError, match=r"^this needs 5.0 GB .* server has 4.0 GB .*; a smaller one$"):
        budget.reserve(5 * GB, "a smaller one")
    other = budget.reserve(3_900_000_000)
    with pytest.raises(NoRoomError, match=r"needs 200 MB of memory, and 100 MB of the server's 4.0 GB are free now"):
        budget.reserve(200_000_000)
    other.release()
    budget.reserve(200_000_000)


class Owner:
    pass


def test_what_a_result_holds_counts_until_it_is_gone() -> None:
    budget, owner = Budget(100), Owner()
    budget.up_to(90, 10).keep(30, owner)
    assert budget.free == 70
    assert budget.up_to(90, 10).size == 70
    del owner
    gc.collect()
    assert budget.free == 30


def test_a_block_gives_back_all_but_what_a_result_keeps() -> None:
    budget, owner = Budget(100), Owner()
    with budget.reserve(90) as room:
        room.keep(30, owner)
    assert budget.free == 70
    with pytest.raises(ZeroDivisionError), budget.reserve(60):
        raise ZeroDivisionError
    assert budget.free == 70
    del owner
    gc.collect()
    assert budget.free == 100


def test_what_is_there_already_counts_even_beyond_the_budget() -> None:
    budget, owner = Budget(100), Owner()
    budget.count(130, owner)
    assert budget.free == 0
    del owner
    gc.collect()
    assert budget.free == 100


def test_caches_make_way_before_something_is_refused() -> None:
    budget, kept = Budget(100), [Owner()]
    budget.reserve(60).keep(60, kept[0])
    budget.spare(kept.clear)
    budget.reserve(40)
    assert len(kept) == 1
    budget.reserve(50)
    assert not kept
    with pytest.raises(NoRoomError):
        budget.reserve(50)
