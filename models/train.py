"""Train a network on a toy data set from the command line: python -m models.train --dataset moons --widths 32,32"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import nn

from models.cards import Card
from models.datasets import DATASETS, Dataset
from models.engine import Metrics, error_rate
from models.files import save_network
from models.networks import mlp, parse_widths
from models.objectives import OBJECTIVES, make_objective
from models.training import fit


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, write the network and its card; 0 if training went to its end, 1 if it diverged, 2 for wrong arguments."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        data = DATASETS[options.dataset](options.size, options.noise, options.data_seed, options.classes)
        widths = (2, *parse_widths(options.widths), data.classes)
        network = mlp(widths, options.slope, options.seed)
        objective = make_objective(options.objective, **dict(map(_option, options.option)))
    except ValueError as error:
        parser.error(str(error))
    output = options.output or Path("runs") / f"{options.dataset}-{options.objective}.safetensors"
    output.parent.mkdir(parents=True, exist_ok=True)
    settings = {name: getattr(options, name) for name in ("epochs", "batch_size", "lr", "seed")}
    try:
        history = fit(
            network, data.x, data.y, objective, device=options.device, progress=_Line(options.epochs), **settings
        )
    except ValueError as error:
        parser.error(str(error))
    training = {"objective": options.objective, "options": asdict(objective), **settings}  # type: ignore[call-overload]
    card = _card(options, data, widths, network, training)
    save_network(network, output, card)
    print(f"\n{output}: clean error {card.clean_error:.2%}, {history.seconds:.1f} s. {history.message}")
    return 1 if history.message else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.train", description=__doc__)
    add = parser.add_argument
    add("--dataset", choices=DATASETS, default="moons")
    add("--size", type=int, help="number of points (default: the data set's own)")
    add("--noise", type=float, help="standard deviation of the noise (default: the data set's own)")
    add("--classes", type=int, help="number of classes (default: the data set's own)")
    add("--data-seed", type=int, default=0, help="which points are drawn")
    add("--widths", default="32,32", help="hidden widths, such as 100,100")
    add("--slope", type=float, default=0.0, help="of units that are off; 0 is ReLU")
    add("--objective", choices=OBJECTIVES, default="plain")
    add("--option", action="append", default=[], metavar="NAME=VALUE", help="of the objective, such as eps=0.1")
    add("--epochs", type=int, default=500)
    add("--batch-size", type=int, default=128)
    add("--lr", type=float, default=1e-3)
    add("--seed", type=int, default=0, help="of the initial weights, the batches and the attacks")
    add("--device", default="auto", help="auto, cpu or cuda")
    add("--output", type=Path, help="file to write; its card gets the ending .json (default: in runs/)")
    return parser


def _option(text: str) -> tuple[str, Any]:
    """'eps=0.1' -> ('eps', 0.1); numbers, inf, and pairs of them such as box=0,1."""
    name, _, value = text.partition("=")
    try:
        numbers = tuple(int(part) if part.lstrip("-").isdigit() else float(part) for part in value.split(","))
    except ValueError as error:
        raise ValueError(f"--option takes name=number, such as eps=0.1, got {text!r}") from error
    return name, numbers if len(numbers) > 1 else numbers[0]


class _Line:
    """A line on the terminal that follows the training."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs

    def __call__(self, epoch: int, metrics: Metrics) -> None:
        if epoch != self.epochs and epoch % max(1, self.epochs // 100):
            return
        done = math.floor(30 * epoch / self.epochs)
        terms = "  ".join(f"{name} {value:.4g}" for name, value in metrics.items())
        print(f"\r[{'█' * done:·<30}] {epoch}/{self.epochs}  {terms}   ", end="", file=sys.stderr, flush=True)


def _card(
    options: argparse.Namespace,
    data: Dataset,
    widths: tuple[int, ...],
    network: nn.Sequential,
    training: dict[str, Any],
) -> Card:
    """Every setting stands in the command, so that it makes the same network when defaults change."""
    toy = DATASETS[options.dataset]
    dataset: dict[str, Any] = {"name": data.name, "size": len(data), "seed": options.data_seed, "classes": data.classes}
    if toy.noise is not None:
        dataset["noise"] = toy.noise if options.noise is None else options.noise
    flags = {
        **{("data-seed" if name == "seed" else name): value for name, value in dataset.items() if name != "name"},
        "widths": ",".join(map(str, widths[1:-1])),
        "slope": options.slope,
        "objective": options.objective,
        **{name.replace("_", "-"): training[name] for name in ("epochs", "batch_size", "lr", "seed")},
    }
    command = f"python -m models.train --dataset {data.name} " + " ".join(f"--{k} {v}" for k, v in flags.items())
    return Card(
        title=f"{'-'.join(map(str, widths))} on {toy.title}, {options.objective}",
        command=command + "".join(f" --option {option}" for option in options.option),
        dataset=dataset,
        widths=widths,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        training=training,
        clean_error=error_rate(network, data.x, data.y),
    )


if __name__ == "__main__":
    sys.exit(main())
