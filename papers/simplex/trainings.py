"""The trainings of Simplex's table and figure: Glorot weights, Adam, batches of 64, 20 epochs, 1e-3 (App. B)."""

from __future__ import annotations

from models.training.recipes import Recipe
from papers.sources import Trained


def trained(dataset: str, widths: str) -> Trained:
    """A plain network with these hidden widths, such as '1024,512'."""
    name = f"{dataset}-{widths.replace(',', '-')}-plain"
    return Trained(
        name,
        Recipe(
            f"Simplex: {dataset} {widths}",
            dataset,
            widths,
            "plain",
            init="glorot",
            epochs=20,
            batch_size=64,
            lr=1e-3,
            p=2,
        ),
    )
