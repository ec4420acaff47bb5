"""Half of the processes begin with the tests in browsers, whatever the number of tests in other files."""

from __future__ import annotations

from types import SimpleNamespace

from tests.distribution import BrowsersFirst

COLLECTED = [
    *(f"tests/browser/test_third.py::test_{number}" for number in range(4)),
    *(f"tests/certify/test_many.py::test_{number}" for number in range(20)),
    "tests/browser/test_one.py::test_a",
    *(f"tests/geometry/test_some.py::test_{number}" for number in range(9)),
    "tests/browser/test_other.py::test_b[x::y]",
    *(f"tests/models/test_few.py::test_{number}" for number in range(5)),
]


class Process:
    """Notes what it is told to run."""

    shutting_down, gateway = False, SimpleNamespace(id="one of them")

    def __init__(self) -> None:
        self.run: list[str] = []

    def send_runtest_some(self, numbers: list[int]) -> None:
        self.run += [COLLECTED[number] for number in numbers]

    def shutdown(self) -> None:
        self.shutting_down = True


def begun(processes: int) -> list[list[str]]:
    """The files that each process is told to run at first."""
    options = SimpleNamespace(loadscopereorder=True)
    config = SimpleNamespace(getvalue=lambda name: ["popen"] * processes, option=options)
    scheduler, nodes = BrowsersFirst(config, None), [Process() for _ in range(processes)]  # type: ignore[arg-type]
    for node in nodes:
        scheduler.add_node(node)  # type: ignore[arg-type]
        scheduler.add_node_collection(node, COLLECTED)  # type: ignore[arg-type]
    scheduler.schedule()
    return [list(dict.fromkeys(name.split("::")[0] for name in node.run)) for node in nodes]


def test_half_of_the_processes_begin_with_tests_in_browsers_and_the_others_with_the_largest_files():
    assert begun(3) == [
        ["tests/browser/test_third.py"],
        ["tests/browser/test_one.py", "tests/browser/test_other.py"],  # a process has two tests to run, or more
        ["tests/certify/test_many.py"],
    ]


def test_two_processes_share_the_files_out_between_browsers_and_others():
    assert [files[0] for files in begun(2)] == ["tests/browser/test_third.py", "tests/certify/test_many.py"]
