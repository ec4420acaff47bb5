"""The card of a network that was trained from the command line: its command, its training and its measured errors."""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from geometry.network.network import as_network
from models.files.cards import Card
from models.networks.error_rate import error_rate
from models.training.checkpoint_file import SETTINGS
from models.training.engine import Engine
from models.training.measures import OF_WINDOW, QUANTITIES, measure
from models.training.option_text import text_of

MODULE = "python -m models.train"
MEASURED = [name for name in QUANTITIES if name not in ("clean_error", *OF_WINDOW)]


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


def card_of(options: argparse.Namespace, data: Data, network: nn.Sequential, engine: Engine) -> Card:
    training = {name: getattr(engine, name) for name in SETTINGS}
    if options.products != "highest":
        training["products"] = options.products
    objective_options = asdict(engine.objective)  # type: ignore[call-overload]
    converted = as_network(network, data.x.shape[1:])
    widths = (converted.input_units, *converted.widths, converted.outputs)
    return Card(
        title=f"{options.network or '-'.join(map(str, widths))} on {data.title}, {options.objective}",
        command=_command(options, data, training, objective_options),
        dataset={"name": options.dataset, **data.parameters},
        widths=widths,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        training={"init": options.init, "objective": options.objective, "options": objective_options, **training},
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
        "init": options.init,
        "objective": options.objective,
        **{name.replace("_", "-"): text_of(value) for name, value in training.items() if value is not None},
    }
    if options.eps is not None:
        flags |= {"eps": options.eps, "p": options.p, "test-points": options.test_points}
    objective_flags = "".join(f" --option {name}={text_of(value)}" for name, value in objective.items())
    return f"{MODULE} " + " ".join(f"--{flag} {value}" for flag, value in flags.items()) + objective_flags


def summary(card: Card) -> str:
    errors = {"clean error": card.clean_error}
    if card.robustness is not None:
        for name in ("pgd_error", "certified_error", "optimal"):
            errors[name.replace("_", " ")] = card.robustness[name]
    return ", ".join(f"{name} {share:.2%}" for name, share in errors.items()) + f", {card.seconds} s"
