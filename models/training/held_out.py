"""Learning curves with held-out points: after every epoch, losses and errors on training points and on test points.

They lie in a file beside the network, `NAME.curves.json`, which grows with every epoch. A training that is resumed goes
on with it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from geometry.norms import Norm
from models.files.atomic_writes import replace_file
from models.networks.error_rate import tensor_of
from models.objectives.objective import Progress
from models.training.engine import Engine
from models.training.measures import measure

ENDING = ".curves.json"
PARTS = ("train", "test")
QUANTITIES = ("loss", "error", "objective", "robust_error")
MOST_BYTES = 20_000_000  # a limit on what is read


@dataclass(frozen=True, eq=False)
class Points:
    """Points (n, *input_shape) and labels (n,) of one part."""

    x: NDArray[Any]
    y: NDArray[Any]


class HeldOut:
    """Measures a training after each of its epochs; call it with the engine as often as you like.

    Parameters
    ----------
    path : the file of the curves
    train, test : the points of each part that are measured
    eps, p : of the robust error; None leaves it out

    Per part it measures `loss`, the cross entropy; `error`, the share of wrong points; `objective`, what the training
    minimises with its schedules at their end; and `robust_error`, the share that no cheap bound proves within eps.
    """

    def __init__(self, path: Path, train: Points, test: Points, *, eps: float | None, p: Norm) -> None:
        self.path, self.eps, self.p = path, eps, p
        self._parts = dict(zip(PARTS, (train, test)))
        self._measured = -1

    def __call__(self, engine: Engine) -> None:
        """Measure if an epoch has ended since the last call.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        if engine.step == 0 or engine.step % engine.steps_per_epoch or engine.step == self._measured:
            return
        self._measured = engine.step
        epoch = engine.step // engine.steps_per_epoch
        rows = [row for row in read_curves(self.path) if row["epoch"] < epoch] if epoch > 1 else []
        row: dict[str, float] = {"epoch": epoch}
        engine.network.eval()
        for name, part in self._parts.items():
            row |= {f"{name}_{quantity}": value for quantity, value in self._of(engine, part).items()}
        engine.network.train()
        known = {key: value for key, value in row.items() if math.isfinite(value)}
        replace_file(self.path, (json.dumps({"epochs": [*rows, known]}, indent=1) + "\n").encode())

    def _of(self, engine: Engine, part: Points) -> dict[str, float]:
        like = engine.x
        x, y = tensor_of(part.x).to(like), tensor_of(part.y).to(like.device)
        random = torch.Generator().manual_seed(engine.seed)
        end, loss, objective = Progress(engine.epochs, engine.epochs), 0.0, 0.0
        for points, labels in zip(x.split(engine.batch_size), y.split(engine.batch_size)):
            terms = engine.objective(engine.network, points, labels, end, random)
            objective += len(points) * float(torch.stack([term.detach() for term in terms.values()]).sum())
            with torch.no_grad():
                loss += float(F.cross_entropy(engine.network(points), labels, reduction="sum"))
        only = ("clean_error",) if self.eps is None else ("clean_error", "certified_error")
        measures = measure(engine.network, x, y, eps=self.eps, p=self.p, only=only)
        return {
            "loss": loss / len(x),
            "error": measures.clean_error,
            "objective": objective / len(x),
            "robust_error": measures.certified_error,
        }


def curves_path(network: Path) -> Path:
    """The file of the curves of the network in this file."""
    return network.with_suffix(ENDING)


def read_curves(path: Path) -> list[Mapping[str, float]]:
    """The measures of each epoch, by "epoch" and by part and quantity, such as "test_error"; none without a file.

    Raises
    ------
    ValueError
        If the file holds something else.
    """
    if not path.is_file():
        return []
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"it has more than {MOST_BYTES:,} bytes")
        rows = json.loads(path.read_text(encoding="utf-8"))["epochs"]
        return [{str(name): float(value) for name, value in {"epoch": row["epoch"], **row}.items()} for row in rows]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path.name} holds no learning curves: {error}") from error
