"""The command `reluscope`, also `python -m reluscope`, with a sub-command for each program.

The project's folders have general names, such as `models`. In a wheel they are inside the folder `reluscope`, so that
no other program imports them by accident; this command adds that folder to the path of its own process. In a clone
they are in the same folder as `reluscope`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from reluscope import __version__

# Each sub-command: its function as `module:function`, and a description. The function reads its options from
# sys.argv[1:] and its name from sys.argv[0], and returns the exit status.
COMMANDS = {
    "app": ("pages.server.__main__:run", "serve the app; takes the options of `streamlit run`"),
    "train": ("models.train:main", "train a network, and write it with its card"),
    "papers": ("papers.command_line:main", "redo a table or a figure of a paper"),
    "certify": ("certify.__main__:main", "certify a network on a test set, or decide a property"),
}


def main(arguments: Sequence[str] | None = None) -> int | None:
    """Run the sub-command that the first argument names, with the other arguments as its options."""
    name, *others = [*(sys.argv[1:] if arguments is None else arguments)] or ["--help"]
    name = _parser().parse_args([name]).command
    module, _, function = COMMANDS[name][0].partition(":")
    if (tree := str(tree_folder())) not in sys.path:
        sys.path.insert(0, tree)
    sys.argv = [f"reluscope {name}", *others]
    return getattr(import_module(module), function)()


def tree_folder() -> Path:
    """The folder with app.py and the project's other folders."""
    return next(folder for folder in Path(__file__).resolve().parents if (folder / "app.py").is_file())


def _parser() -> argparse.ArgumentParser:
    lines = "\n".join(f"  {name:8} {words}" for name, (_, words) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="reluscope",
        usage="reluscope COMMAND [options]",
        description=f"See what a ReLU network does to its input space, and prove what an adversary cannot do to it.\n\n"
        f"commands:\n{lines}",
        epilog="`reluscope COMMAND --help` lists the options of a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=COMMANDS, help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"reluscope {__version__}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
