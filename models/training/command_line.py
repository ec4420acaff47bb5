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
from pathlib import Path
from typing import Any

from torch import nn

from geometry.computation.interruption import INTERRUPTED
from models.data.images import IMAGE_SETS, load_images
from models.data.toy import DATASETS
from models.files.atomic_writes import check_replaceable
from models.files.network_files import save_network
from models.files.ownership import Ownership
from models.networks.builders import mlp, parse_widths
from models.networks.initial_weights import INITIAL_WEIGHTS, draw_weights
from models.objectives import OBJECTIVES, Objective, make_objective
from models.training.augmentation import AUGMENTATIONS
from models.training.checkpoint_file import SETTINGS, read_checkpoint, resumed, write_checkpoint
from models.training.command_card import MODULE, Data, card_of, summary
from models.training.engine import Engine
from models.training.headless import train_to_the_end
from models.training.held_out import HeldOut, Points, curves_path
from models.training.matmul_precision import PRECISIONS, products
from models.training.option_text import option, shares, text_of
from models.training.recipes import ARCHITECTURES, RECIPES

INSTALLED = "reluscope train"  # the name under which the command `reluscope` calls it
NOT_SAVED = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, then write the network and its card; the exit status.

    0: training reached its end. 1: it diverged. 2: wrong arguments, or an output that cannot be written. 3: the
    network could not be saved after training. 130: it was interrupted.
    """
    parser, options = _parsed(arguments)
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


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The options that these arguments mean, with the recipe's in place of defaults; wrong ones end the program."""
    return _parsed(arguments)[1]


def _parsed(arguments: Sequence[str] | None) -> tuple[argparse.ArgumentParser, argparse.Namespace]:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.recipe:
        parser.set_defaults(**_defaults(options.recipe))
        options = parser.parse_args(arguments)
    return parser, options


def _train(parser: argparse.ArgumentParser, options: argparse.Namespace, output: Path, checkpoint: Path) -> int:
    """`main`, once the output files are known to be writable and are owned by this process."""
    try:
        _check_measured(options)
        data = _images(options) if options.dataset in IMAGE_SETS else _toy(options)
        network = _network(options, data)
        objective = make_objective(options.objective, **dict(map(option, options.option)))
        settings = {name: getattr(options, name) for name in SETTINGS}
        if options.resume and checkpoint.exists():
            engine = resumed(checkpoint, data.x, data.y, options.device)
            _check_same(engine, objective, settings)
            if engine.notice:
                print(engine.notice, file=sys.stderr)
        else:
            engine = Engine(network, data.x, data.y, objective, device=options.device, **settings)
        curves = _held_out(options, data, output) if options.held_out else None
        with products(options.products):
            finished = train_to_the_end(engine, checkpoint if options.checkpoint else None, options.checkpoint, curves)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    if not finished:
        resumable = f"; {checkpoint} goes on with --resume" if checkpoint.exists() else ""
        print(f"\ninterrupted at step {engine.step:,} of {engine.total_steps:,}{resumable}")
        return INTERRUPTED
    trained = network.cpu()
    trained.load_state_dict(engine.snapshot.weights)
    card = card_of(options, data, trained.eval(), engine)
    try:
        save_network(trained, output, card)
    except OSError as error:
        return _not_saved(engine, output, checkpoint, error)
    checkpoint.unlink(missing_ok=True)
    print(f"\n{output}: {summary(card)}. {engine.message}")
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
    add("--network", choices=ARCHITECTURES, help="instead of widths; cnn is for images")
    add("--widths", default="32,32", help="hidden widths, such as 100,100")
    add("--slope", type=float, default=0.0, help="of units that are off; 0 is ReLU")
    says = "; ".join(f"{name}: {line}" for name, line in INITIAL_WEIGHTS.items())
    add("--init", choices=INITIAL_WEIGHTS, default="uniform", help=f"how the first weights are drawn. {says}")
    add("--objective", choices=OBJECTIVES, default="plain")
    add("--option", action="append", default=[], metavar="NAME=VALUE", help="of the objective, such as eps=0.1")
    add("--epochs", type=int, default=500)
    add("--batch-size", type=int, default=128)
    add("--lr", type=float, default=1e-3)
    add("--lr-drop", type=shares, help="share of the epochs after which lr is divided, such as 0.9, or 0.5,0.75,0.9")
    add("--lr-divisor", type=float, default=10.0, help="what lr is divided by (default: 10)")
    add("--seed", type=int, default=0, help="of the initial weights, the batches and the attacks")
    says = "; ".join(f"{name}: {kind.title}" for name, kind in AUGMENTATIONS.items())
    add(
        "--augment", choices=AUGMENTATIONS, help=f"change images at random in each epoch. {says} (default: as they are)"
    )
    add("--device", default="auto", help="auto, cpu, cuda or cuda:1 (default: a GPU if there is one)")
    says = "products of matrices: highest is float32, medium rounds factors to bfloat16 (faster on processors with AMX)"
    add("--products", choices=PRECISIONS, default="highest", help=says)
    add("--eps", type=float, help="of the robust errors on the card (default: none are measured)")
    add("--p", type=float, choices=(1, 2, math.inf), default=math.inf, help="norm of the robust errors on the card")
    add("--test-points", type=int, default=1000, help="points that the robust errors are measured on")
    says = "points of each part that are measured after every epoch, for NAME.curves.json (default: none)"
    add("--held-out", type=int, default=0, metavar="POINTS", help=says)
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
        **{field: getattr(recipe, field) for field in ("dataset", "init", "objective", "eps", "p")},
        **{
            field: getattr(recipe, field)
            for field in ("epochs", "batch_size", "lr", "lr_drop", "lr_divisor", "augment")
        },
        "option": [f"{key}={text_of(value)}" for key, value in recipe.options.items()],
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


def _held_out(options: argparse.Namespace, data: Data, output: Path) -> HeldOut:
    """The learning curves of both parts, in a file beside the network."""
    if options.held_out < 0:
        raise ValueError(f"--held-out must be 0 or above, got {options.held_out}")
    first = slice(options.held_out)
    train, test = Points(data.x[first], data.y[first]), Points(data.test_x[first], data.test_y[first])
    return HeldOut(curves_path(output), train, test, eps=options.eps, p=options.p)


def _network(options: argparse.Namespace, data: Data) -> nn.Sequential:
    network = _architecture(options, data)
    draw_weights(network, options.init, options.seed)
    return network


def _architecture(options: argparse.Namespace, data: Data) -> nn.Sequential:
    if options.network:
        return ARCHITECTURES[options.network](options.seed, data.x.shape[1:], data.classes)
    widths, shape = parse_widths(options.widths), data.x.shape[1:]
    network = mlp((math.prod(shape), *widths, data.classes), options.slope, options.seed)
    return network if len(shape) == 1 else nn.Sequential(nn.Flatten(), *network)


def _check_same(engine: Engine, objective: Objective, settings: dict[str, Any]) -> None:
    """A ValueError unless the checkpoint belongs to a training with these settings."""
    if engine.objective != objective:
        raise ValueError(f"the checkpoint was trained with {engine.objective}, not {objective}; leave out --resume")
    for name, value in settings.items():
        if (stored := getattr(engine, name)) != value:
            flag = name.replace("_", "-")
            raise ValueError(f"the checkpoint was trained with --{flag} {stored}, not {value}; leave out --resume")


if __name__ == "__main__":
    sys.exit(main())
