"""A file has one writer; a second one gets an error that names the first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.files.ownership import ENDING, OwnedElsewhereError, Ownership

pytest.importorskip("fcntl")
OWN = (
    "import sys; from models.files.ownership import Ownership; own = Ownership(sys.argv[1]); print(flush=True); input()"
)


def test_a_second_owner_in_the_same_process_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "a.checkpoint"
    first = Ownership(path)
    with pytest.raises(OwnedElsewhereError, match=rf"a.checkpoint belongs to process {os.getpid()} on .* since"):
        Ownership(path)
    first.release()
    with Ownership(path):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_another_process_is_named_and_owns_nothing_once_it_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "a.checkpoint"
    command, root = [sys.executable, "-c", OWN, str(path)], Path(__file__).parents[3]
    other = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root)
    try:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(OwnedElsewhereError, match=f"process {other.pid} on"):
            Ownership(path)
    finally:
        other.kill()
        other.communicate()
    with Ownership(path):
        assert path.with_name(path.name + ENDING).exists()


def test_a_folder_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Ownership(tmp_path / "nowhere" / "a.checkpoint")
