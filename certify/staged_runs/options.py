"""The options of `python -m certify`, and the run that they ask for."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import torch
from torch import nn

from certify.attacks import ATTACKS
from certify.bounds.certificates import CERTIFICATES
from certify.bounds.methods import METHODS
from certify.bounds.tightness import TESTABLE
from certify.parametric.proof import MAX_REGIONS
from certify.perturbation.arithmetic import ARITHMETICS
from certify.perturbation.perturbation import Numbers
from certify.staged_runs.detection import detection_run
from certify.staged_runs.radius import USUAL as USUAL_OF_RADII
from certify.staged_runs.radius import radius_run
from certify.staged_runs.robust_error import USUAL, robust_error_run
from certify.staged_runs.run import Run
from certify.staged_runs.tightness import tightness_run
from geometry.norms import NORMS, Norm

LINES = {
    "robust-error": "which points are wrong, attacked, proved or open at one eps",
    "radius": "the radius up to which each point's class is proved",
    "detection": "which points are flagged as possibly adversarial, unchanged and attacked (KW, Corollary 2)",
    "tightness": "how much a bound loses, and where it is exact (Tight, section 4)",
}
NONE = "none"
EXIT = """exit status:
  0    done
  1    the network, the data or an option does not fit, or the cluster is lost; the message says why
  2    wrong arguments
  3    the result could not be written
  130  interrupted: the same command goes on"""
PROPERTY = "property"
PROPERTY_LINE = "whether a network has a property: holds, violated, or unknown"
PROPERTY_EXIT = """exit status:
  0    the property holds: no input in the boxes violates it, proved for the weights as real numbers
  4    it is violated: the inputs and outputs are printed, and were checked in exact arithmetic
  5    unknown: the time was over, or float64 could not decide
  1    the network, the property or an option does not fit; the message says why
  2    wrong arguments
  3    the result could not be written
  130  interrupted"""

PLANE = "plane"
PLANE_LINE = "whether an input keeps its class for all of a rectangle of brightness and contrast, or of blends"
PLANE_EXIT = """exit status:
  0    proved: the class is the same on the whole rectangle, for the weights as real numbers
  4    broken: the parameters are printed, where the network says another class, or where two scores are equal
  5    undecided: the time, the regions allowed or the memory were over, or float64 could not decide
  1    the network, the data or an option does not fit; the message says why
  2    wrong arguments
  3    the result could not be written
  130  interrupted"""

PROVE = "prove"
PROVE_LINE = "a proof about one input that anybody can check: no other class is within eps, or a witness is"
PROVE_EXIT = """exit status:
  0    robust: no other class is within eps; the proof is written, and check.py has accepted it
  4    vulnerable: the witness is written, and check.py has accepted it
  5    unknown: the time was over, or no proof was found that exact arithmetic accepts; nothing is written
  1    the network, the data or an option does not fit; the message says why
  2    wrong arguments
  3    the proof could not be written
  130  interrupted"""

CHECK = "check"
CHECK_LINE = "whether a proof is right, in exact arithmetic"
CHECK_EXIT = """exit status:
  0    accepted: the claim is printed
  4    refused, or about another network than NETWORK; the message says why
  1    the proof or the network cannot be read
  2    wrong arguments
  130  interrupted

The same check runs without ReLUscope: python certify/proofs/check.py PROOF"""


def parser(program: str, description: str) -> argparse.ArgumentParser:
    """The parser of the command, under the name of the program."""
    whole = _parser(program, description)
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, line in LINES.items():
        command = commands.add_parser(
            name, help=line, description=f"{line[0].upper()}{line[1:]}.", epilog=EXIT,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        _question(command, name)
        _common(command)
        _weights(command)
    for name, line, exits, arguments in (
        (PROPERTY, PROPERTY_LINE, PROPERTY_EXIT, _property),
        (PLANE, PLANE_LINE, PLANE_EXIT, _plane),
        (PROVE, PROVE_LINE, PROVE_EXIT, _prove),
        (CHECK, CHECK_LINE, CHECK_EXIT, _check),
    ):
        command = commands.add_parser(
            name, help=line, description=f"{line[0].upper()}{line[1:]}.", epilog=exits,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )  # fmt: skip
        arguments(command)
        _weights(command)
    return whole


def _plane(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("network", metavar="NETWORK", help="a file, or the name of a network of the project")
    add("data", metavar="DATA", help="the name of a data set, or a file or a folder")
    add("--index", type=int, required=True, metavar="N", help="the input's number in the data set, from 0")
    add("--part", choices=("train", "test"), default="test", help="of the data set (default: test)")
    low_high = ("LO", "HI")
    add("--contrast", type=float, nargs=2, default=(0.8, 1.2), metavar=low_high, help="s of s x + t (0.8 1.2)")
    add("--brightness", type=float, nargs=2, default=(-0.1, 0.1), metavar=low_high, help="t (-0.1 0.1)")
    add(
        "--blend", type=int, nargs=2, metavar=("Y", "Z"), help="instead: x + s (y - x) + t (z - x), with inputs Y and Z"
    )
    add("--shares", type=float, nargs=4, default=(0.0, 0.5, 0.0, 0.5), metavar=("S0", "S1", "T0", "T1"),
        help="of a blend (default: 0 0.5 0 0.5)")  # fmt: skip
    add("--box", type=float, nargs=2, default=(0.0, 1.0), metavar=low_high, help="to which inputs are clipped (0 1)")
    add("--label", type=int, metavar="CLASS", help="to be proved (default: the network's own of the original input)")
    add("--timeout", type=float, default=60.0, metavar="SECONDS", help="for the decision (default: 60)")
    add("--max-regions", type=int, default=MAX_REGIONS, metavar="N", help=f"enumerated (default: {MAX_REGIONS})")
    add("--out", type=Path, metavar="RESULT", help="writes RESULT.json: the decision, and what it is about")


def _prove(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("network", metavar="NETWORK", help="a file, or the name of a network of the project")
    add("data", metavar="INPUT", help="a file with the input; or a data set, of which --index is the input")
    add("--index", type=int, default=0, metavar="N", help="the input's number in INPUT, from 0 (default: 0)")
    add("--part", choices=("train", "test"), default="test", help="of a data set (default: test)")
    add("--eps", type=float, required=True, help="the largest perturbation, in the units of the inputs")
    add("--norm", type=float, choices=NORMS, default=math.inf, help="in which it is measured (default: inf)")
    add("--box", type=float, nargs=2, metavar=("LO", "HI"), help="legal inputs, such as 0 1 (default: all are legal)")
    add("--label", type=int, metavar="CLASS", help="to be kept (default: the network's own)")
    add("--timeout", type=float, default=60.0, metavar="SECONDS", help="for the decision (default: 60)")
    add("--out", type=Path, required=True, metavar="PROOF", help="writes PROOF.json")


def _check(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("proof", type=Path, metavar="PROOF", help="a file that `prove` has written")
    add("--network", metavar="NETWORK", help="a file, or the name of a network, whose weights the proof has to hold")


def _property(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add("network", metavar="NETWORK", help="a file, or the name of a network of the project")
    add("property", type=Path, metavar="PROPERTY", help="a file in VNN-LIB; an equality counts as a violation")
    add("--timeout", type=float, default=60.0, metavar="SECONDS", help="for the decision (default: 60)")
    add("--competition", action="store_true", help="print unsat, sat with the assignment, timeout or unknown")
    add("--out", type=Path, metavar="RESULT", help="writes RESULT.json: the decision, and what it is about")


def _parser(program: str, description: str) -> argparse.ArgumentParser:
    return argparse.ArgumentParser(
        prog=program, description=description, epilog=EXIT, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def _question(command: argparse.ArgumentParser, name: str) -> None:
    """The arguments that differ from one command to the other."""
    add = command.add_argument
    add("network", metavar="NETWORK", help="a file, or the name of a network of the project")
    add("data", metavar="DATA", help="the name of a data set, or a file or a folder")
    if name != "radius":
        add("--eps", type=float, required=True, help="the largest perturbation, in the units of the inputs")
    add("--norm", type=float, choices=NORMS, default=math.inf, help="in which it is measured (default: inf)")
    add("--box", type=float, nargs=2, metavar=("LO", "HI"), help="legal inputs, such as 0 1 (default: all are legal)")
    attacks = f"{', '.join(ATTACKS)}, or {NONE} (default: pgd)"
    match name:
        case "robust-error":
            _methods(command, USUAL)
            add("--attack", choices=[*ATTACKS, NONE], default="pgd", metavar="NAME", help=attacks)
            add("--exact", type=float, default=0.0, metavar="SECONDS", help="of exact search for each point left open")
            add("--covers", choices=list(ARITHMETICS), default="real", help="arithmetic of which the proofs speak")
        case "radius":
            _methods(command, USUAL_OF_RADII)
        case "detection":
            add(
                "--method",
                choices=list(METHODS),
                default="fast-lin",
                metavar="NAME",
                help="the bound (default: fast-lin)",
            )
            add("--attack", choices=[*ATTACKS, NONE], default="pgd", metavar="NAME", help=attacks)
        case "tightness":
            add("--method", choices=TESTABLE, default="fast-lin", metavar="NAME", help=f"of {', '.join(TESTABLE)}")


def _methods(command: argparse.ArgumentParser, usual: tuple[str, ...]) -> None:
    names = [*CERTIFICATES, *METHODS]
    command.add_argument(
        "--methods", nargs="*", choices=names, metavar="NAME",
        help=f"of {', '.join(names)}; in any order: cheap ones run first (default: {' '.join(usual)})",
    )  # fmt: skip


def _common(command: argparse.ArgumentParser) -> None:
    add = command.add_argument_group("points and result").add_argument
    add("--points", type=int, metavar="N", help="the first N of the data set (default: all)")
    add("--part", choices=("train", "test"), default="test", help="of the data set (default: test)")
    add(
        "--out", type=Path, metavar="RESULT", help="writes RESULT.json and RESULT.csv, and goes on from RESULT.json "
        "(default: a file for each question in runs/ of the data folder, where the app finds it)"
    )  # fmt: skip
    add = command.add_argument_group("where it runs").add_argument
    add("--workers", type=int, metavar="N", help="processes on this machine (default: as many as are useful)")
    add("--device", default="auto", help="of attacks and of proofs in float32 (default: a GPU if there is one)")
    add("--scheduler", metavar="ADDRESS", help="of a dask cluster, such as tcp://10.0.0.5:8786; see docs/clusters.md")


def _weights(command: argparse.ArgumentParser) -> None:
    """What a file of bare weights leaves open."""
    add = command.add_argument_group("a file that holds weights alone").add_argument
    add("--input-shape", type=_sizes, metavar="SIZES", help="of one input, such as 1,28,28")
    add("--stride", type=_one_or_each, metavar="S", help="of all convolutions, or of each, such as 2,2")
    add("--padding", type=_one_or_each, metavar="P", help="likewise; same is TensorFlow's")
    add("--cascade", type=int, default=0, metavar="K", help="the K-th network of a cascade, from 0")
    add("--mean", type=_numbers, metavar="M", help="of each channel, taken off before the network")
    add("--deviation", type=_numbers, metavar="D", help="of each channel, by which it is divided then (default: 1)")


def _device(name: str) -> str:
    """The device of that name; a ValueError if it is not there."""
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"--device takes auto, cpu, or a GPU such as cuda:0; {name!r} is not here") from error
    return name


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _one_or_each(text: str) -> Any:
    """One value for all convolutions, or a value for each: integers, or "same"."""
    values = tuple(part if part == "same" else int(part) for part in text.split(","))
    return values[0] if len(values) == 1 else values


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


def asked_run(options: argparse.Namespace, network: nn.Module, x: Numbers, labels: Numbers) -> Run:
    """The run that the options ask for, over points x (n, *input_shape) with labels (n,).

    Raises
    ------
    ValueError
        If an option, the labels or the points do not fit the network.
    """
    p: Norm = options.norm
    box = None if options.box is None else tuple(options.box)
    attack = "" if getattr(options, "attack", NONE) == NONE else options.attack
    match options.command:
        case "robust-error":
            return robust_error_run(
                network, x, labels, options.eps, p,
                methods=options.methods, attack=attack, exact=options.exact, box=box, covers=options.covers,
                device=_device(options.device),
            )  # fmt: skip
        case "radius":
            return radius_run(network, x, p, methods=options.methods, box=box)
        case "detection":
            return detection_run(network, x, options.eps, p, method=options.method, attack=attack, box=box)
    return tightness_run(network, x, options.eps, p, method=options.method, box=box)
