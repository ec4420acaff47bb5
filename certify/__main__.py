"""Certify a network on a test set; decide a property, or a class over two parameters; write and check proofs.

python -m certify robust-error NETWORK DATA --eps 0.1 --norm inf
python -m certify radius NETWORK DATA --norm 2 --methods simplex crown
python -m certify detection NETWORK DATA --eps 0.1
python -m certify tightness NETWORK DATA --eps 0.1 --method crown
python -m certify property NETWORK PROPERTY --timeout 60
python -m certify plane NETWORK DATA --index 7 --brightness -0.1 0.1 --contrast 0.8 1.2
python -m certify prove NETWORK INPUT --eps 0.1 --out PROOF
python -m certify check PROOF --network NETWORK

NETWORK is a file (safetensors, .pth, .pt2, ONNX, NPZ, .mat, .nnet) or the name of a network of the project.
DATA is the name of a data set, or a file or a folder of your own. PROPERTY is a file in VNN-LIB.

Ctrl-C stops a run over a data set. The same command goes on where it stopped.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from certify.parametric.family import Family, blend, brightness_contrast
from certify.parametric.ladder import proved_by_bounds
from certify.parametric.proof import prove_over_plane
from certify.parametric.report import proof_lines, proof_to_json
from certify.proofs.prove import REASONS, checked, prove
from certify.proofs.writing import is_about
from certify.properties.decision import decide_property
from certify.properties.report import competition_lines, decision_lines, decision_to_json
from certify.properties.vnnlib import read_vnnlib
from certify.staged_runs.answers import Answers
from certify.staged_runs.cluster import ClusterLostError, local_workers, useful_workers, workers_at
from certify.staged_runs.options import CHECK, PLANE, PROPERTY, PROVE, asked_run, parser
from certify.staged_runs.run import Compute, Run, carried_out, here, timed
from certify.staged_runs.saved import Saved, Subject, known_answers, to_json
from certify.staged_runs.terminal import Bars, lines
from figures.certify.test_set_runs import run_csv, run_origin, saved_run
from figures.provenance import origin
from geometry.computation.cancellation import CancelScope
from geometry.computation.interruption import INTERRUPTED, interruption
from geometry.content import content_key
from geometry.network.network import as_network
from geometry.network.rounding import doubled
from models.by_name import NamedNetwork, inputs_for, network_by_name, points_by_name
from models.data.images.images import runs_folder
from models.files.atomic_writes import check_replaceable, replace_file
from models.files.formats.onnx.inputs import CHANNELS_LAST
from models.files.ownership import Ownership
from models.networks.input_shapes import input_shape_of

MODULE, INSTALLED = "python -m certify", "reluscope certify"
WRONG_INPUT, NOT_SAVED = 1, 3
PROPERTY_STATUS = {"holds": 0, "violated": 4, "unknown": 5}
PLANE_STATUS = {"proved": 0, "broken": 4, "undecided": 5}
PROVE_STATUS = {"robust": 0, "vulnerable": 4, "unknown": 5}
REFUSED = 4
SAVE = 2.0  # seconds between two saved states: limits what a killed run has computed in vain


@dataclass(frozen=True, eq=False)
class Asked:
    """The run, what it is about, and the first lines of its provenance."""

    run: Run
    subject: Subject
    about: dict[str, str]


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a run, or go on with it, and write its result; the exit status."""
    program = INSTALLED if sys.argv[0] == INSTALLED else MODULE
    options = parser(program, (__doc__ or "").replace(MODULE, program)).parse_args(arguments)
    if options.command == PROPERTY:
        return _property(options, program)
    if options.command == PLANE:
        return _plane(options, program)
    if options.command == PROVE:
        return _prove(options, program)
    if options.command == CHECK:
        return _check(options, program)
    with ExitStack() as owned:
        try:
            asked = _asked(options)
            path = _result_file(options, asked.run)
            _check_writable(path, path.with_suffix(".csv"))
            owned.enter_context(Ownership(path))
            answers, seconds = _known(path, asked.run)
        except (ValueError, OSError) as error:
            print(f"{program}: {error}", file=sys.stderr)
            return WRONG_INPUT
        return _carried_out(options, asked, path, answers, seconds)


def _asked(options: argparse.Namespace) -> Asked:
    """The network, the points and the run that the options name; a ValueError where they do not fit each other."""
    if options.workers is not None and options.workers < 1:
        raise ValueError(f"--workers takes 1 or more, got {options.workers}")
    network = _network(options)
    points = points_by_name(options.data, options.part)
    numbers = points.first(options.points, labelled=options.command == "robust-error")
    labels = points.y[numbers]
    run = asked_run(options, network.network, inputs_for(network, points)[numbers], labels)
    source = {"network": options.network, "data": options.data, "part": points.part}
    subject = Subject(run.points.exact.key, network.title, points.key, points.title, source, numbers, labels)
    box = None if options.box is None else tuple(options.box)
    return Asked(run, subject, run_origin(run, subject, options.norm, box))


def _network(options: argparse.Namespace) -> NamedNetwork:
    """The network that the options name; what its reader notes is shown."""
    deviation = options.deviation or (1.0,) * len(options.mean or ())
    network = network_by_name(
        options.network,
        input_shape=options.input_shape,
        stride=options.stride,
        padding=options.padding,
        normalize=None if options.mean is None else (options.mean, deviation),
        cascade=options.cascade,
    )
    for note in network.notes:
        print(f"note: {note}", file=sys.stderr)
    return network


def _property(options: argparse.Namespace, program: str) -> int:
    """Decide a property, and write the decision; the exit status."""
    try:
        path = None if options.out is None else _json_file(options.out)
        if path is not None:
            _check_writable(path)
        named, prop = _network(options), read_vnnlib(options.property)
        shape = options.input_shape or input_shape_of(named.network)
        if len(shape) == 3 and shape[0] > 1 and any(note.startswith(CHANNELS_LAST) for note in named.notes):
            raise ValueError(
                f"{named.title}: a property numbers the inputs in the file's order, which has the channels last; such "
                "networks are supported with one channel"
            )
        network = doubled(as_network(named.network, shape))
        with interruption() as interrupted:
            decision = decide_property(network, prop, shape, time_limit=options.timeout, cancelled=interrupted.is_set)
    except (ValueError, OSError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return WRONG_INPUT
    print("\n".join((competition_lines if options.competition else decision_lines)(decision)))
    if path is not None:
        about = origin("property", named.title, options.property.name, weights=network.key)
        settings = {"timeout": options.timeout, "property key": content_key(options.property.read_bytes())}
        if not _written(path, decision_to_json(decision, about, settings)):
            return NOT_SAVED
    if decision.status == "unknown" and interrupted.is_set():
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return PROPERTY_STATUS[decision.status]


def _plane(options: argparse.Namespace, program: str) -> int:
    """Decide a class over two parameters, and write the decision; the exit status."""
    try:
        path = None if options.out is None else _json_file(options.out)
        if path is not None:
            _check_writable(path)
        named, points = _network(options), points_by_name(options.data, options.part)
        family, rectangle, words = _family(options, inputs_for(named, points))
        network = doubled(as_network(named.network, family.input_shape))
        with interruption() as interrupted:
            proof = prove_over_plane(
                network, family, rectangle, label=options.label, max_regions=options.max_regions,
                time_limit=options.timeout, cancelled=interrupted.is_set,
            )  # fmt: skip
        inside = proof.radius is not None and not interrupted.is_set()
        bounds = proved_by_bounds(network, family, rectangle, label=proof.label) if inside else {}
    except (ValueError, OSError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return WRONG_INPUT
    print("\n".join(proof_lines(proof, bounds)))
    if path is not None:
        about = origin("proof over a plane", named.title, f"{points.title}: {words}", weights=network.key)
        settings = {"box": options.box, "timeout": options.timeout, "max regions": options.max_regions}
        if not _written(path, proof_to_json(proof, bounds, about, {**settings, "data key": points.key})):
            return NOT_SAVED
    if interrupted.is_set() and proof.status == "undecided":
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return PLANE_STATUS[proof.status]


def _prove(options: argparse.Namespace, program: str) -> int:
    """Decide one input, and write the proof; the exit status."""
    try:
        path = _json_file(options.out)
        _check_writable(path)
        named, points = _network(options), points_by_name(options.data, options.part)
        inputs = inputs_for(named, points)
        if not 0 <= options.index < len(inputs):
            raise ValueError(f"{points.title} has the inputs 0 to {len(inputs) - 1}, got {options.index}")
        x = inputs[options.index]
        network = doubled(as_network(named.network, x.shape))
        box = None if options.box is None else tuple(options.box)
        about = origin("proof", named.title, f"{points.title}: input {options.index}", weights=network.key)
        with interruption() as interrupted:
            proof = prove(
                network, x, options.eps, options.norm, label=options.label, box=box, time_limit=options.timeout,
                about=about, cancelled=interrupted.is_set,
            )  # fmt: skip
    except (ValueError, OSError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return WRONG_INPUT
    if proof.content is None:
        print(f"unknown: {REASONS[proof.reason]}")
        if interrupted.is_set():
            print("interrupted", file=sys.stderr)
            return INTERRUPTED
        return PROVE_STATUS[proof.status]
    decided, checked = proof.seconds
    print(f"{proof.says}\n{proof.cases} cases, decided in {decided:.3g} s, checked in {checked:.3g} s")
    if not _written(path, proof.content):
        return NOT_SAVED
    print(path)
    return PROVE_STATUS[proof.status]


def _check(options: argparse.Namespace, program: str) -> int:
    """Check a proof, and whether it is about the network; the exit status."""
    try:
        file = options.proof.read_bytes()
        named = None if options.network is None else _network(options)
        with interruption() as interrupted, CancelScope(interrupted.is_set, partial=True):
            accepted, says = checked(file)
        if interrupted.is_set():
            print("interrupted", file=sys.stderr)
            return INTERRUPTED
        print(says)
        if accepted and named is not None:
            shape = options.input_shape or input_shape_of(named.network)
            accepted = is_about(file, doubled(as_network(named.network, shape)))
            print(f"the proof is about {'' if accepted else 'another network than '}{named.title}")
    except (ValueError, OSError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return WRONG_INPUT
    return 0 if accepted else REFUSED


def _family(options: argparse.Namespace, x: NDArray[Any]) -> tuple[Family, Sequence[float], str]:
    """The family and the rectangle that the options name, and in words which inputs span it."""
    for index in (options.index, *(options.blend or ())):
        if not 0 <= index < len(x):
            raise ValueError(f"the data has the inputs 0 to {len(x) - 1}, got {index}")
    box = tuple(options.box)
    if options.blend is None:
        rectangle = (*options.contrast, *options.brightness)
        return brightness_contrast(x[options.index], box), rectangle, f"contrast and brightness of {options.index}"
    first, second = options.blend
    words = f"blends of {options.index} with {first} and {second}"
    return blend(x[options.index], x[first], x[second], box), options.shares, words


def _result_file(options: argparse.Namespace, run: Run) -> Path:
    """The JSON file of the result: what --out names, or a file of the question's own where the app finds it."""
    if options.out is None:
        parts = (options.command, Path(options.network).stem, Path(options.data).stem, run.question[:8])
        return runs_folder() / f"{'-'.join(parts)}.json"
    return _json_file(options.out)


def _check_writable(*files: Path) -> None:
    """Make the files' folder, and raise an OSError if one of them cannot be written."""
    files[0].parent.mkdir(parents=True, exist_ok=True)
    for file in files:
        check_replaceable(file)


def _written(path: Path, content: bytes) -> bool:
    """Write a file; False, with a message, if that failed."""
    try:
        replace_file(path, content)
    except OSError as error:
        print(f"{path} could not be written: {error.strerror or error}", file=sys.stderr)
        return False
    return True


def _json_file(out: Path) -> Path:
    """The file that --out names, with the ending .json."""
    if out.name in ("", ".."):
        raise ValueError(f"--out takes the name of a file, and {str(out)!r} is a folder")
    return out if out.suffix == ".json" else out.with_name(f"{out.name.removesuffix('.csv')}.json")


def _known(path: Path, run: Run) -> tuple[Answers, dict[str, float]]:
    """The answers in an earlier result of the same question, and the seconds that they took; at first none."""
    try:
        return known_answers(path, run)
    except ValueError as error:
        raise ValueError(f"{path} cannot be gone on with: {error}; name another file with --out") from error


def _carried_out(
    options: argparse.Namespace, asked: Asked, path: Path, answers: Answers, seconds: dict[str, float]
) -> int:
    """Carry out the run, saving it again and again; the exit status."""
    due, failed, lost = 0.0, "", ""
    with interruption() as interrupted:
        bars = Bars(asked.run)
        try:
            with _place(options, asked.run, answers) as compute:
                steps = carried_out(asked.run, answers, compute=compute, cancelled=interrupted.is_set)
                for answers in bars.followed(timed(asked.run, steps, seconds)):
                    if (began := time.monotonic()) >= due:
                        failed = _saved(path, _result(asked, answers, seconds), failed)
                        due = time.monotonic() + max(SAVE, 20 * (time.monotonic() - began))
        except (ClusterLostError, ValueError) as error:
            lost = str(error)
    result = _result(asked, answers, seconds)
    if failed := _saved(path, result, failed):
        return _not_saved(path, result)
    print("\n".join([*lines(result), f"{path}, {path.with_suffix('.csv')}"]))
    if result.complete:
        return 0
    print(f"{lost or 'interrupted'}: the same command goes on from {path}", file=sys.stderr)
    return WRONG_INPUT if lost else INTERRUPTED


@contextmanager
def _place(options: argparse.Namespace, run: Run, answers: Answers) -> Iterator[Compute]:
    """Where the tasks are computed: on a cluster, in several processes of this machine, or in this one."""
    left = run.seconds * (1 - answers.done.mean()) if answers.done.size else 0.0
    count = options.workers or useful_workers(left)
    if options.scheduler is not None:
        with workers_at(options.scheduler) as workers:
            yield workers
    elif count > 1 and not run.complete(answers):
        with local_workers(count) as workers:
            yield workers
    else:
        yield here


def _result(asked: Asked, answers: Answers, seconds: dict[str, float]) -> Saved:
    return saved_run(asked.run, answers, asked.subject, asked.about, seconds)


def _saved(path: Path, result: Saved, failed: str = "") -> str:
    """Write the JSON and the CSV file; the reason if that failed. A reason is shown once."""
    try:
        replace_file(path, to_json(result))
        replace_file(path.with_suffix(".csv"), run_csv(result).encode())
    except OSError as error:
        reason = f"{path} could not be written: {error.strerror or error}"
        if reason != failed:
            print(f"\n{reason}. The run goes on, and tries again.", file=sys.stderr)
        return reason
    return ""


def _not_saved(path: Path, result: Saved) -> int:
    """Write the result to the folder of temporary files instead, and say where it lies."""
    other = Path(tempfile.mkdtemp(prefix="reluscope-")) / path.name
    if _saved(other, result):
        print("The result is lost, but for what was saved before.", file=sys.stderr)
    else:
        print(
            f"The result lies in {other}. Make room, move it to {path}, and the same command goes on from it.",
            file=sys.stderr,
        )
    return NOT_SAVED


if __name__ == "__main__":
    sys.exit(main())
