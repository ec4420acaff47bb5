"""Train a network for each of several values of an option, and print the trade-off between clean and certified error.

python -m models.sweep lam=0.5,1,2,4 --folder runs/mmr --recipe mnist-fc1-linf-mmr --epochs 20
python -m models.sweep eps=0.02,0.05,0.1 --folder runs/kw --dataset moons --objective kw --epochs 200 --eps 0.05
python -m models.sweep gamma_B+gamma_D=0.1,0.2 --folder runs/gamma --recipe mnist-fc1-linf-mmr

The other options are those of `python -m models.train`. Each network is a file of the folder, with its card. The same
command goes on where it was interrupted, and leaves out the networks that are there.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.files.cards import read_card
from models.objectives import OBJECTIVES
from models.training import command_line
from models.training.option_text import option
from models.training.pareto import Trained, check_comparable, on_front, read_trained

MODULE = "python -m models.sweep"


@dataclass(frozen=True)
class Sweep:
    """Options of an objective that vary together, and their values."""

    names: tuple[str, ...]
    values: tuple[float, ...]

    @classmethod
    def of(cls, text: str) -> Sweep:
        """'lam=0.5,1' or 'gamma_B+gamma_D=0.1,0.2'; a ValueError for other texts."""
        names, given, values = text.partition("=")
        try:
            numbers = tuple(map(float, values.split(",")))
        except ValueError:
            numbers = ()
        if not (given and names and numbers and all(map(math.isfinite, numbers))):
            raise ValueError(f"a sweep is an option and its values, such as lam=0.5,1,2, got {text[:80]!r}")
        if len(set(numbers)) < len(numbers):
            raise ValueError(f"each value once, got {values[:80]}")
        return cls(tuple(names.split("+")), numbers)

    def options(self, value: float) -> list[str]:
        """The command's arguments for a value."""
        return [argument for name in self.names for argument in ("--option", f"{name}={value:g}")]

    def file(self, folder: Path, objective: str, value: float) -> Path:
        """Named by objective and value, so that the sweeps of several objectives share a folder."""
        return folder / f"{objective}-{'-'.join(self.names)}-{value:g}.safetensors"


def main(arguments: Sequence[str] | None = None) -> int:
    """Train what is missing, then print the table; the exit status, that of the first training that failed."""
    parser = _parser()
    own, training = parser.parse_known_args(arguments)
    try:
        sweep, folder = Sweep.of(own.vary), own.folder
        chosen = command_line.parsed(training)
        _check(sweep, chosen)
        for value in sweep.values:
            if _is_there(sweep, value, chosen, folder):
                continue
            print(f"{' = '.join(sweep.names)} = {value:g}", file=sys.stderr, flush=True)
            output = ["--output", str(sweep.file(folder, chosen.objective, value)), "--resume"]
            if status := command_line.main([*training, *sweep.options(value), *output]):
                return status
        networks = read_trained(folder)
        check_comparable(networks, folder)
        print(table(networks))
    except (ValueError, OSError) as error:
        parser.error(str(error))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=MODULE, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vary", metavar="OPTION=VALUES", help="an option of the objective, such as lam=0.5,1,2")
    parser.add_argument("--folder", type=Path, required=True, help="for the networks and their cards")
    return parser


def _check(sweep: Sweep, chosen: argparse.Namespace) -> None:
    """A ValueError if the objective lacks an option, or if robust errors would not be measured."""
    known = OBJECTIVES[chosen.objective].defaults
    if missing := [name for name in sweep.names if name not in known]:
        raise ValueError(f"objective {chosen.objective!r} has options {list(known)}, got {missing}")
    if chosen.eps is None:
        raise ValueError("give --eps: certified errors are measured within it")


def _is_there(sweep: Sweep, value: float, chosen: argparse.Namespace, folder: Path) -> bool:
    """Whether the network of a value is in the folder; a ValueError if another training has its name."""
    path = sweep.file(folder, chosen.objective, value)
    card_path = path.with_suffix(".json")
    if not (path.is_file() and card_path.is_file()):
        return False
    training = read_card(card_path).training
    expected = {name: getattr(chosen, name) for name in ("objective", "epochs", "batch_size", "lr", "seed")}
    options = dict(map(option, chosen.option)) | dict.fromkeys(sweep.names, value)
    stored = {name: training.get("options", {}).get(name) for name in options}
    same = {name: training.get(name) for name in expected} == expected
    if not same or {name: _plain(stored[name]) for name in options} != {
        name: _plain(options[name]) for name in options
    }:
        raise ValueError(f"{path} is of another training; choose another folder, or remove it")
    return True


def _plain(value: object) -> object:
    """An option's value as it is on a card."""
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    if isinstance(value, str):
        return math.inf if value == "inf" else value
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def table(networks: Sequence[Trained]) -> str:
    """The networks' errors as Markdown, by clean error; those that no other one dominates are marked."""
    ordered = sorted(networks, key=lambda network: (network.clean, network.certified))
    front = on_front([(network.clean, network.certified) for network in ordered])
    lines = ["| network | clean error | attacked | not proved | front |", "|---|---|---|---|---|"]
    for network, best in zip(ordered, front):
        errors = " | ".join(f"{error:.2%}" for error in (network.clean, network.attacked, network.certified))
        lines.append(f"| {network.name} | {errors} | {'●' if best else ''} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
