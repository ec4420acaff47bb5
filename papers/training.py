"""Trains a network for a row, with the training command: checkpoints, resuming and a card included."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from models.training.command_line import INTERRUPTED, main
from models.training.recipes import ARCHITECTURES, RECIPES, Recipe
from papers.settings import Settings


def train(recipe: Recipe, path: Path, settings: Settings, held_out: int = 0) -> None:
    """Train a network to its end and write it with its card; a checkpoint of the same training is resumed.

    With `held_out`, its learning curves are written as well, of so many points of each part.

    Raises
    ------
    KeyboardInterrupt
        If it was interrupted. A checkpoint is kept, from which the same call goes on.
    ValueError
        If it could not be trained or written; the training has printed the reason.
    """
    curves = [f"--held-out={held_out}"] if held_out else []
    arguments = [*flags(recipe, settings), *curves, "--resume", "--output", str(path)]
    try:
        status = main(arguments)
    except SystemExit as error:  # argparse, for wrong arguments
        status = int(error.code or 0)
    if status == INTERRUPTED:
        raise KeyboardInterrupt
    if status:
        raise ValueError(f"the training for {path.stem} failed (exit status {status}): see above")


def flags(recipe: Recipe, settings: Settings) -> list[str]:
    """The options of `python -m models.train` for a recipe, whether it has a name there or not."""
    epochs = recipe.epochs if settings.epochs is None else settings.epochs
    common = [f"--epochs={epochs}", f"--seed={settings.seed}", f"--device={settings.device}"]
    named = next((name for name, known in RECIPES.items() if known == recipe), None)
    if named is not None:
        return [f"--recipe={named}", *common]
    network = "network" if recipe.network in ARCHITECTURES else "widths"
    values: dict[str, Any] = {
        field.name.replace("_", "-"): getattr(recipe, field.name)
        for field in dataclasses.fields(recipe)
        if field.name not in ("title", "network", "options", "epochs")
    }
    options = [f"--option={name}={_text(value)}" for name, value in recipe.options.items()]
    settings_flags = [f"--{name}={_text(value)}" for name, value in values.items() if value is not None]
    return [f"--{network}={recipe.network}", *settings_flags, *options, *common]


def _text(value: Any) -> str:
    """A value as `--option` reads it."""
    return ",".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)
