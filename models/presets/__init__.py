"""Shipped networks for the toy data sets: one for each data set, under its name, and robust ones.

Weights and model card have the same file name. `python -m models.presets` trains all of them again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from torch import nn

from models.data.toy import DATASETS, Dataset
from models.files.cards import Card, read_card
from models.files.network_files import load_network

FOLDER = Path(__file__).parent

# The arguments of `python -m models.train` for each network. Tight's network is built from formulas instead.
RECIPES: dict[str, str] = {
    "moons": "--dataset moons --widths 32,32 --epochs 500",
    "circles": "--dataset circles --widths 32,32 --epochs 500",
    "blobs": "--dataset blobs --widths 32,32 --epochs 200",
    "spirals": "--dataset spirals --widths 32,32 --epochs 1500",
    "xor": "--dataset xor --widths 32,32 --epochs 500",
    "mmr": "--dataset mmr --widths 100 --epochs 3000 --lr 0.01",
    "kw": "--dataset kw --widths 100,100,100,100 --epochs 200",
}
PRESETS: tuple[str, ...] = (*RECIPES, "tight")
# Networks so small that each unit can be followed, by the data set's name with "-small".
SMALL: dict[str, str] = {
    "moons-small": "--dataset moons --widths 8,8 --epochs 200 --lr 0.01 --seed 4",
}
ROBUST: dict[str, str] = {"kw-robust": "--recipe kw-fig-3"}

# The arguments of `python -m models.sweep` for the networks of the trade-off between clean and certified error.
TRADE_OFF = FOLDER / "trade-off"
_MOONS = "--dataset moons --noise 0.15 --widths 32,32 --epochs 400 --lr 0.005 --eps 0.1 --p inf --option p=inf"
SWEEPS: tuple[str, ...] = (
    f"eps=0.02,0.05,0.1,0.15,0.2 {_MOONS} --objective kw",
    f"lam=0,0.2,1,5 {_MOONS} --objective kmmr --option gamma_B=0.15 --option gamma_D=0.15",
    f"eps=0.05,0.1,0.2 {_MOONS} --objective adversarial",
    f"ratio=0.1,0.4,0.8 {_MOONS} --objective sabr --option eps=0.1",
    f"alpha=0.03,0.1,0.5 {_MOONS} --objective mtl-ibp --option eps=0.1",
)


@dataclass(frozen=True, eq=False)
class Preset:
    """A shipped network with its training data and its card."""

    network: nn.Sequential
    dataset: Dataset
    card: Card


def load_preset(name: str) -> Preset:
    """The preset of a toy data set, by the data set's name, or one of SMALL or ROBUST; the network is in eval mode.

    Raises
    ------
    ValueError
        If no preset has that name, listing all names.
    """
    names = (*PRESETS, *SMALL, *ROBUST)
    if name not in names:
        raise ValueError(f"presets are {', '.join(names)}; there is no {name[:40]!r}")
    card = read_card(FOLDER / f"{name}.json")
    parameters = dict(card.dataset)
    dataset = DATASETS[parameters.pop("name")](**parameters)
    return Preset(load_network(FOLDER / f"{name}.safetensors"), dataset, card)
