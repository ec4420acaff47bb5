"""Train a network from the command line.

python -m models.train --dataset moons --widths 32,32
python -m models.train --recipe mnist-fc1-linf-mmr --epochs 20
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from geometry.network.network import as_network
from models.data.images import IMAGE_SETS, load_images
from models.data.toy import DATASETS
from models.files.atomic_writes import check_replaceable
from models.files.cards import Card
from models.files.network_files import save_network
from models.files.ownership import Ownership
from models.networks.builders import mlp, parse_widths
from models.networks.error_rate import error_rate
from models.objectives import OBJECTIVES, Objective, make_objective
from models.training.checkpoint_file import SETTINGS, read_checkpoint, resumed, write_checkpoint
from models.training.engine import Engine
from models.training.headless import train_to_the_end
from models.training.measures import QUANTITIES, measure
from models.training.recipes import ARCHITECTURES, RECIPES

MEASURED = [name for name in QUANTITIES if name not in ("clean_error", "regions")]
MODULE = "python -m models.train"
INSTALLED = "reluscope train"  # the name under which the command `reluscope` calls it
NOT_SAVED = 3
INTERRUPTED = 130  # the exit status of programs that the keyboard ended


@dataclass(frozen=True, eq=False)
class Data:
    """Training points and test points. `parameters` reproduce them, as on a card."""

    x: NDArray[Any]
    y: NDArray[np.int64]
    test_x: NDArray[Any]
    test_y: NDArray[np.int64]
    classes: int
    title: str
    parameters: dict[str, Any]
    box: tuple[float, float] | None


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, then write the network and its card; the exit status.

    0: training reached its end. 1: it diverged. 2: wrong arguments, or an output that cannot be written. 3: the
    network could not be saved after training. 130: it was interrupted.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.recipe:
        parser.set_defaults(**_defaults(options.recipe))
        options = parser.parse_args(arguments)
    output: Path = options.output or Path("runs") / f"{_name(options)}.safetensors"
    checkpoint = output.with_suffix(".checkpoint")
    with ExitStack() as owned:
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            for path in (output, output.with_suffix(".json"), checkpoint):
                check_replaceable(path)
            owned.enter_context(Ownership(checkpoint))
        except (ValueError, OSError) as error:
            parser.error(str(error))
        return _train(parser, options, output, checkpoint)


def _train(parser: argparse.ArgumentParser, options: argparse.Namespace, output: Path, checkpoint: Path) -> int:
    """`main`, once the output files are known to be writable and are owned by this process."""
    try:
        _check_measured(options)
        data = _images(options) if options.dataset in IMAGE_SETS else _toy(options)
        network = _network(options, data)
        objective = make_objective(options.objective, **dict(map(_option, options.option)))
        settings = {name: getattr(options, name) for name in SETTINGS}
        if options.resume and checkpoint.exists():
            engine = resumed(checkpoint, data.x, data.y, options.device)
            _check_same(engine, objective, settings)
            if engine.notice:
                print(engine.notice, file=sys.stderr)
        else:
            engine = Engine(network, data.x, data.y, objective, device=options.device, **settings)
        finished = train_to_the_end(engine, checkpoint if options.checkpoint else None, options.checkpoint)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    if not finished:
        resumable = f"; {checkpoint} goes on with --resume" if checkpoint.exists() else ""
        print(f"\ninterrupted at step {engine.step:,} of {engine.total_steps:,}{resumable}")
        return INTERRUPTED
    trained = network.cpu()
    trained.load_state_dict(engine.snapshot.weights)
    card = _card(options, data, trained.eval(), engine)
    try:
        save_network(trained, output, card)
    except OSError as error:
        return _not_saved(engine, output, checkpoint, error)
    checkpoint.unlink(missing_ok=True)
    print(f"\n{output}: {_summary(card)}. {engine.message}")
    return 1 if engine.message else 0


def _not_saved(engine: Engine, output: Path, checkpoint: Path, error: OSError) -> int:
    """Write a checkpoint instead of the network, if possible, and print how to resume it."""
    reason = f"\n{output} could not be written: {error.strerror or error}."
    with suppress(OSError, ValueError):  # an earlier checkpoint stays then
        write_checkpoint(engine, checkpoint)
    if checkpoint.exists():
        step = read_checkpoint(checkpoint).step
        print(
            f"{reason} The training lies in {checkpoint}, at step {step:,} of {engine.total_steps:,}. Make room, and "
            "give the same command with --resume: it goes on from there, and writes the network.",
            file=sys.stderr,
        )
    else:
        print(f"{reason} No checkpoint could be written either: the training is lost.", file=sys.stderr)
    return NOT_SAVED


def _parser() -> argparse.ArgumentParser:
    program = INSTALLED if sys.argv[0] == INSTALLED else MODULE
    description = (__doc__ or "").replace(MODULE, program)
    parser = argparse.ArgumentParser(
        prog=program, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--recipe", choices=RECIPES, metavar="NAME", help=f"settings of a paper's training: {', '.join(RECIPES)}")
    add("--dataset", choices=[*DATASETS, *IMAGE_SETS], default="moons")
    add("--size", "--train-size", type=int, help="points to train on (default: the data set's own, or all images)")
    add("--noise", type=float, help="standard deviation of the noise (default: the data set's own)")
    add("--classes", type=int, help="number of classes (default: the data set's own)")
    add("--data-seed", type=int, default=0, help="which points are drawn")
    add("--network", choices=ARCHITECTURES, help="for images, instead of widths")
    add("--widths", default="32,32", help="hidden widths, such as 100,100")
    add("--slope", type=float, default=0.0, help="of units that are off; 0 is ReLU")
    add("--objective", choices=OBJECTIVES, default="plain")
    add("--option", action="append", default=[], metavar="NAME=VALUE", help="of the objective, such as eps=0.1")
    add("--epochs", type=int, default=500)
    add("--batch-size", type=int, default=128)
    add("--lr", type=float, default=1e-3)
    add("--lr-drop", type=float, help="share of the epochs after which lr is divided by 10, such as 0.9")
    add("--seed", type=int, default=0, help="of the initial weights, the batches and the attacks")
    add("--device", default="auto", help="auto, cpu, cuda or cuda:1 (default: a GPU if there is one)")
    add("--eps", type=float, help="of the robust errors on the card (default: none are measured)")
    add("--p", type=float, choices=(1, 2, math.inf), default=math.inf, help="norm of the robust errors on the card")
    add("--test-points", type=int, default=1000, help="points that the robust errors are measured on")
    add("--checkpoint", type=float, default=60, metavar="SECONDS", help="between checkpoints; 0 is none (default: 60)")
    add("--resume", action="store_true", help="go on from the checkpoint of the same command, if there is one")
    add("--output", type=Path, help="file to write; its card gets the ending .json (default: in runs/)")
    return parser


def _defaults(name: str) -> dict[str, Any]:
    """A recipe as defaults of the command's options."""
    recipe = RECIPES[name]
    named = recipe.network in ARCHITECTURES
    return {
        **{"network" if named else "widths": recipe.network},
        **{field: getattr(recipe, field) for field in ("dataset", "objective", "eps", "p")},
        **{field: getattr(recipe, field) for field in ("epochs", "batch_size", "lr", "lr_drop")},
        "option": [f"{key}={_text(value)}" for key, value in recipe.options.items()],
    }


def _check_measured(options: argparse.Namespace) -> None:
    """A ValueError for options of the card that would otherwise fail after training."""
    if options.eps is not None and not 0 <= options.eps < math.inf:
        raise ValueError(f"--eps must be finite and not negative, got {options.eps}")
    if options.test_points < 1:
        raise ValueError(f"--test-points must be 1 or above, got {options.test_points}")


def _name(options: argparse.Namespace) -> str:
    return options.recipe or f"{options.dataset}-{options.objective}"


def _toy(options: argparse.Namespace) -> Data:
    toy = DATASETS[options.dataset]
    drawn = toy(options.size, options.noise, options.data_seed, options.classes)
    parameters: dict[str, Any] = {"size": len(drawn), "seed": options.data_seed, "classes": drawn.classes}
    if toy.noise is not None:
        parameters["noise"] = toy.noise if options.noise is None else options.noise
    return Data(drawn.x, drawn.y, drawn.x, drawn.y, drawn.classes, toy.title, parameters, None)


def _images(options: argparse.Namespace) -> Data:
    train, test = load_images(options.dataset, "train"), load_images(options.dataset, "test")
    size = len(train) if options.size is None else options.size
    if not 1 <= size <= len(train):
        raise ValueError(f"{options.dataset} has 1..{len(train)} images to train on, got {size}")
    classes = max(train.class_count, test.class_count)
    return Data(train.x[:size], train.y[:size], test.x, test.y, classes, options.dataset, {"size": size}, train.limits)


def _network(options: argparse.Namespace, data: Data) -> nn.Sequential:
    if options.network and data.x.ndim > 2:
        return ARCHITECTURES[options.network](options.seed, data.x.shape[1:], data.classes)
    widths, shape = parse_widths(options.widths), data.x.shape[1:]
    network = mlp((math.prod(shape), *widths, data.classes), options.slope, options.seed)
    return network if len(shape) == 1 else nn.Sequential(nn.Flatten(), *network)


def _option(text: str) -> tuple[str, Any]:
    """'eps=0.1' -> ('eps', 0.1); numbers, inf, pairs of them such as box=0,1, and words."""
    name, given, value = text.partition("=")
    if not given or not value:
        raise ValueError(f"--option takes name=value, such as eps=0.1, got {text!r}")
    parts = tuple(map(_value, value.split(",")))
    return name, parts if len(parts) > 1 else parts[0]


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"True": True, "False": False, "None": None}.get(text, text)


def _text(value: Any) -> str:
    """The value as text, which `_option` reads back."""
    return ",".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


def _check_same(engine: Engine, objective: Objective, settings: dict[str, Any]) -> None:
    """A ValueError unless the checkpoint belongs to a training with these settings."""
    if engine.objective != objective:
        raise ValueError(f"the checkpoint was trained with {engine.objective}, not {objective}; leave out --resume")
    for name, value in settings.items():
        if (stored := getattr(engine, name)) != value:
            flag = name.replace("_", "-")
            raise ValueError(f"the checkpoint was trained with --{flag} {stored}, not {value}; leave out --resume")


def _card(options: argparse.Namespace, data: Data, network: nn.Sequential, engine: Engine) -> Card:
    training = {name: getattr(engine, name) for name in SETTINGS}
    objective_options = asdict(engine.objective)  # type: ignore[call-overload]
    converted = as_network(network, data.x.shape[1:])
    widths = (converted.input_units, *converted.widths, converted.outputs)
    return Card(
        title=f"{options.network or '-'.join(map(str, widths))} on {data.title}, {options.objective}",
        command=_command(options, data, training, objective_options),
        dataset={"name": options.dataset, **data.parameters},
        widths=widths,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        training={"objective": options.objective, "options": objective_options, **training},
        clean_error=error_rate(network, data.test_x, data.test_y),
        robustness=None if options.eps is None else _robustness(options, data, network),
        seconds=round(engine.seconds, 1),
    )


def _robustness(options: argparse.Namespace, data: Data, network: nn.Sequential) -> dict[str, Any]:
    x, y = data.test_x[: options.test_points], data.test_y[: options.test_points]
    measures = measure(network, x, y, eps=options.eps, p=options.p, box=data.box, only=MEASURED)
    return {"points": len(x), "eps": options.eps, "p": options.p, "box": data.box, **measures.numbers()}


def _command(options: argparse.Namespace, data: Data, training: dict[str, Any], objective: dict[str, Any]) -> str:
    """The command with every setting, so that it makes the same network even after defaults change."""
    shape = {"network": options.network} if options.network else {"widths": options.widths, "slope": options.slope}
    flags = {
        "dataset": options.dataset,
        **{("data-seed" if name == "seed" else name): value for name, value in data.parameters.items()},
        **shape,
        "objective": options.objective,
        **{name.replace("_", "-"): value for name, value in training.items() if value is not None},
    }
    if options.eps is not None:
        flags |= {"eps": options.eps, "p": options.p, "test-points": options.test_points}
    objective_flags = "".join(f" --option {name}={_text(value)}" for name, value in objective.items())
    return f"{MODULE} " + " ".join(f"--{flag} {value}" for flag, value in flags.items()) + objective_flags


def _summary(card: Card) -> str:
    errors = {"clean error": card.clean_error}
    if card.robustness is not None:
        for name in ("pgd_error", "certified_error", "optimal"):
            errors[name.replace("_", " ")] = card.robustness[name]
    return ", ".join(f"{name} {share:.2%}" for name, share in errors.items()) + f", {card.seconds} s"


if __name__ == "__main__":
    sys.exit(main())
