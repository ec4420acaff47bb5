"""What `pip install .` gives: the wheel, built and installed into an environment of its own, without network."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from models.files.network_files import load_network
from tests.browser.server import END_SECONDS, START_SECONDS, free_port

ROOT = Path(__file__).parents[2]
TREE = ("certify", "figures", "geometry", "models", "pages", "papers")
LEFT_OUT = {"__pycache__", ".DS_Store"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that has the wheel, and from elsewhere what it depends on."""
    folder = tmp_path_factory.mktemp("environment")
    builder = venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt")
    builder.create(folder)
    context = builder.ensure_directories(folder)
    _pip("--python", context.env_exe, "install", "--no-deps", str(wheel))
    packages = next(folder.rglob("site-packages"))
    given = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")]
    (packages / "dependencies.pth").write_text("\n".join(given))
    return Path(context.bin_path)


def _pip(*arguments: str) -> None:
    run = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments, "--no-index"]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _run(programs: Path, name: str, arguments: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(programs / name), *arguments], cwd=folder, env=_environment(), capture_output=True, text=True
    )


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def test_the_wheel_carries_every_file_of_the_tree_inside_one_folder(wheel: Path):
    names = set(zipfile.ZipFile(wheel).namelist())
    tree = {
        path.relative_to(ROOT).as_posix()
        for folder in TREE
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not LEFT_OUT & set(path.parts)
    }
    wanted = {f"reluscope/{path}" for path in tree | {"app.py", ".streamlit/config.toml"}}
    own = {"reluscope/__init__.py", "reluscope/__main__.py", "reluscope/py.typed"}
    assert {name for name in names if ".dist-info/" not in name} == wanted | own


def test_other_programs_of_the_environment_do_not_see_the_tree(programs: Path, tmp_path: Path):
    find = "from importlib.util import find_spec; print([n for n in {} if find_spec(n)])".format(["app", *TREE])
    assert _run(programs, "python", ["-c", find], tmp_path).stdout == "[]\n"


def test_it_trains(programs: Path, tmp_path: Path):
    options = ["--dataset", "moons", "--size", "20", "--widths", "4", "--epochs", "2", "--output", "a.safetensors"]
    done = _run(programs, "reluscope", ["train", *options], tmp_path)
    assert done.returncode == 0, done.stderr
    assert load_network(tmp_path / "a.safetensors")[0].out_features == 4


def test_it_serves_the_app_from_any_folder(programs: Path, tmp_path: Path):
    with _served(programs, tmp_path) as address:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=10) as answer:
            assert answer.status == 200
        with urllib.request.urlopen(address, timeout=10) as document:
            assert b"ReLUscope" in document.read()


def test_its_first_page_runs(programs: Path, tmp_path: Path):
    script = """
import sys
from reluscope.__main__ import tree_folder
sys.path.insert(0, str(tree_folder()))
from streamlit.testing.v1 import AppTest
page = AppTest.from_file(str(tree_folder() / "app.py"), default_timeout=300).run()
print(len(page.title), "title", [error.message for error in page.exception])
"""
    done = _run(programs, "python", ["-c", script], tmp_path)
    assert done.stdout.splitlines()[-1:] == ["1 title []"], (done.stdout, done.stderr)


@contextmanager
def _served(programs: Path, folder: Path) -> Iterator[str]:
    port, log = free_port(), folder / "server.log"
    options = ["app", "--server.headless", "true", "--server.port", str(port)]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(programs / "reluscope"), *options], cwd=folder, env=_environment(), stdout=output, stderr=output
        )
    try:
        _wait_until_healthy(server, f"http://127.0.0.1:{port}", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        try:
            server.wait(timeout=END_SECONDS)
        finally:
            server.kill()


def _wait_until_healthy(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the app does not answer: {log.read_text(errors='replace')[-2000:]}")
