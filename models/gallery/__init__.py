"""Shipped networks for images. Weights and model card have the same file name.

`python -m models.train --recipe NAME` trains one again; its card contains the whole command.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from geometry.network.affine import Shape
from geometry.norms import FILE_NORMS, NORM_SYMBOLS
from models.data.images import IMAGE_SETS
from models.files.cards import Card, read_card
from models.files.network_files import recognise

FOLDER = Path(__file__).parent
TITLES = {
    "plain": "plain",
    "at": "adversarial",
    "mmr": "MMR",
    "mmr-at": "MMR+at",
    "kw": "KW",
    "sabr": "SABR",
    "mtl-ibp": "MTL-IBP",
}
NORMS = {name: NORM_SYMBOLS[p] for name, p in FILE_NORMS.items()}
NAME = re.compile(rf"(?P<data>.+)-(?P<network>[a-z]+\d*)-(?P<norm>{'|'.join(NORMS)})-(?P<training>.+)")


@dataclass(frozen=True, eq=False)
class Shipped:
    """A network of the gallery, in eval mode, for inputs of `input_shape`."""

    name: str
    network: nn.Sequential
    card: Card
    input_shape: Shape


def gallery() -> tuple[str, ...]:
    """The names of the networks in the folder, plain ones first, and among equal ones in the order of IMAGE_SETS."""
    order, sets = list(TITLES), list(IMAGE_SETS)

    def place(name: str) -> tuple[int, int, str]:
        parts = NAME.fullmatch(name)
        data, training = (parts["data"], parts["training"]) if parts else ("", "")
        return _index(order, training), _index(sets, data), name

    names = (path.stem for path in FOLDER.glob("*.safetensors") if path.with_suffix(".json").exists())
    return tuple(sorted(names, key=place))


def gallery_title(name: str) -> str:
    """The title of a network: 'mnist-fc1-linf-mmr' is 'MNIST FC1 · MMR for ℓ∞'. Other names stay unchanged.

    Plain training is for no norm; the norm in such a name is that of the errors on the card.
    """
    parts = NAME.fullmatch(name)
    if parts is None:
        return name
    data = IMAGE_SETS[parts["data"]].title if parts["data"] in IMAGE_SETS else parts["data"].upper()
    training = TITLES.get(parts["training"], parts["training"])
    aim = "" if parts["training"] == "plain" else f" for {NORMS[parts['norm']]}"
    return f"{data} {parts['network'].upper()} · {training}{aim}"


def _index(names: list[str], name: str) -> int:
    """The place of a name; after all others if it is not among them."""
    return names.index(name) if name in names else len(names)


def fitting(shape: Shape, classes: int = 0) -> tuple[str, ...]:
    """The networks for inputs of this shape and at least so many classes, by their cards; plain ones first."""
    return tuple(name for name in gallery() if _takes(read_card(FOLDER / f"{name}.json"), shape, classes))


def _takes(card: Card, shape: Shape, classes: int) -> bool:
    images = IMAGE_SETS.get(str(card.dataset.get("name")))
    return images is not None and images.shape == tuple(shape) and card.widths[-1] >= classes


def load_shipped(name: str) -> Shipped:
    """A network of the gallery.

    Raises
    ------
    ValueError
        If no network has that name, listing all names.
    """
    if name not in gallery():
        raise ValueError(f"the gallery has {', '.join(gallery()) or 'nothing yet'}; there is no {name[:40]!r}")
    path = FOLDER / f"{name}.safetensors"
    recognised = recognise(path)
    shape = (1, 28, 28) if recognised.input_shape == (784,) else recognised.input_shape
    return Shipped(name, recognised.network, read_card(path.with_suffix(".json")), shape)
