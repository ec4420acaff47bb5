"""A Streamlit server of our own, for tests and benchmarks that drive a browser."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUN = """
from pages.server.clicks import take_every_click
from pages.server.kept_messages import refer_to_kept_messages
from pages.server.slow_browsers import let_slow_browsers_follow
from streamlit.web.cli import main
take_every_click()
refer_to_kept_messages()
let_slow_browsers_follow()
main()
"""  # another script than the app's; as there, clicks are taken, and browsers can follow
START_SECONDS = 180  # machines that run tests may be busy
END_SECONDS = 60
PORTS = range(20_000, 32_000)  # below those that systems give to connections, as to another test's browser


def free_port() -> int:
    """A free port, drawn at random, so that processes that ask at the same moment get different ones."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def start_server(script: Path, log: Path) -> tuple[subprocess.Popen[bytes], str]:
    """The process that serves `script` on a free port, once it answers, and its address."""
    port = free_port()
    options = {
        "server.headless": "true",
        "server.port": str(port),
        "server.address": "127.0.0.1",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
    }
    run = ["-m", "pages.server"] if script == ROOT / "app.py" else ["-c", RUN, "run", str(script)]
    command = [sys.executable, *run, *(f"--{k}={v}" for k, v in options.items())]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with log.open("wb") as output:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return server, address
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    server.kill()
    raise RuntimeError(f"the server for {script.name} did not start in {START_SECONDS} s:\n{log.read_text()[-2000:]}")


def end_server(server: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, and wait until it has ended."""
    server.terminate()
    try:
        server.wait(timeout=END_SECONDS)
    finally:
        server.kill()
