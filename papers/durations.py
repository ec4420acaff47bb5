"""How long a row will take, roughly: its training, by the measured time of a step, and its points, by their cost."""

from __future__ import annotations

from math import prod

from models.data.images import IMAGE_SETS
from models.training.recipes import Recipe
from papers.experiment import Row
from papers.settings import Settings

# Milliseconds of a training step on a batch of 128 digits, on one CPU core (`python -m benchmarks.training`).
STEP = {
    "fc1": {"plain": 4.9, "adversarial": 28, "mmr": 35, "kmmr": 69, "mmr-dD": 35, "mmr-at": 93, "kw": 80, "ibp": 27,
            "tight-d": 160, "tight-r": 160},
    "cnn": {"plain": 4.7, "adversarial": 35, "mmr": 101, "kmmr": 1730, "mmr-dD": 101, "mmr-at": 1690, "kw": 2240,
            "ibp": 19, "tight-d": 2630, "tight-r": 2630},
}  # fmt: skip
PGD_STEPS = 10  # of the adversarial training that was timed
BATCH, DIGITS, PIXELS = 128, 60_000, 784


def training_seconds(recipe: Recipe, settings: Settings) -> float | None:
    """Seconds of one CPU core for a training; None if no step of its network has been timed.

    Other images than digits take time in proportion to their numbers, which is rough.
    """
    step = STEP.get(recipe.network, {}).get(recipe.objective)
    if step is None:
        return None
    if recipe.objective == "adversarial":
        step *= recipe.options.get("steps", PGD_STEPS) / PGD_STEPS
    epochs = recipe.epochs if settings.epochs is None else settings.epochs
    images = IMAGE_SETS.get(recipe.dataset)
    scale = prod(images.shape) / PIXELS if images is not None else 1.0
    return epochs * DIGITS / BATCH * step / 1000 * scale


def expected_seconds(row: Row, settings: Settings) -> float | None:
    """Seconds of one CPU core for a row: a training that has to run first, and its points; None if unknown."""
    training: float | None = 0.0
    recipe = None if row.source is None or settings.network else row.source.to_train(settings)
    if recipe is not None:
        training = training_seconds(recipe, settings)
    points = row.points if settings.points is None else min(settings.points, row.points or settings.points)
    if training is None or row.cost is None:
        return None
    return training + row.cost * max(points, 1)
