"""What each detail of a recipe does, at a few epochs: `python -m benchmarks.recipes [--rows ...] [--epochs 10]`.

Each line changes one detail of a training in MMR's Table 1 on FC1. Clean error is on all test digits, the robust error
between PGD and the best of interval arithmetic, Fast-Lin and CROWN on the first 1 000. Schedules shrink with the
epochs, so the numbers compare lines with each other, not with the papers. It needs MNIST's files (RELUSCOPE_DATA).
"""

from __future__ import annotations

import argparse
from typing import Any

from models.data.images import Images, load_images
from models.networks.error_rate import error_rate
from models.networks.initial_weights import draw_weights
from models.training.fitting import fit
from models.training.measures import measure
from models.training.recipes import ARCHITECTURES, RECIPES, Recipe

ROWS = ("mnist-fc1-linf-mmr", "mnist-fc1-l2-mmr", "mnist-fc1-l2-mmr-at")
CHANGES: dict[str, dict[str, Any]] = {  # of the recipe's fields, or of its objective's options
    "as in the recipe": {},
    "weights uniform": {"init": "uniform"},
    "weights Glorot": {"init": "glorot"},
    "steps of PGD 2.5 eps / steps": {"step_size": 2.5},
    "no fall of the learning rate": {"lr_drop": None},
    "no warm-up of λ": {"ramp": 0.0},
    "k_B constant": {"k_B": (0.02, 0.02)},
    "ten times the learning rate": {"lr": 10.0},  # a factor
}
CERTIFIED = 1000  # the first test digits


def trained(recipe: Recipe, epochs: int, train: Images, test: Images, change: dict[str, Any]) -> dict[str, float]:
    """Errors after a training with the change, and its seconds."""
    options = dict(recipe.options) | {
        name: value for name, value in change.items() if name in ("step_size", "ramp", "k_B")
    }
    network = ARCHITECTURES[recipe.network](0)
    draw_weights(network, change.get("init", recipe.init))
    history = fit(
        network,
        train.x,
        train.y,
        recipe.objective,
        epochs=epochs,
        batch_size=recipe.batch_size,
        lr=recipe.lr * change.get("lr", 1),
        lr_drop=change.get("lr_drop", recipe.lr_drop),
        device="cpu",
        **options,
    )
    x, y, p = test.x[:CERTIFIED], test.y[:CERTIFIED], recipe.p
    robust = measure(
        network, x, y, eps=recipe.eps, p=p, box=(0.0, 1.0), only=("pgd_error", "certified_error", "mean_d_B")
    )
    return {"clean": error_rate(network, test.x, test.y), "seconds": history.seconds, **robust.numbers()}


def fitting(recipe: Recipe, change: dict[str, Any]) -> bool:
    """Whether the recipe has what the change changes."""
    return "step_size" not in change or "steps" in recipe.options


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="+", choices=RECIPES, default=ROWS, metavar="RECIPE")
    parser.add_argument("--changes", nargs="+", choices=CHANGES, default=list(CHANGES), metavar="CHANGE")
    parser.add_argument("--epochs", type=int, default=10)
    options = parser.parse_args()
    train, test = load_images("mnist", "train"), load_images("mnist", "test")
    print("| recipe | change | clean error | attacked | not proved | mean d_B | s |\n|---|---|---|---|---|---|---|")
    for name in options.rows:
        for title in options.changes:
            if not fitting(RECIPES[name], CHANGES[title]):
                continue
            found = trained(RECIPES[name], options.epochs, train, test, CHANGES[title])
            errors = [f"{found[error]:.2%}" for error in ("clean", "pgd_error", "certified_error")]
            print(
                f"| {name} | {title} | {' | '.join(errors)} | {found['mean_d_B']:.3g} | {found['seconds']:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
