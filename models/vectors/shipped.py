"""Networks on named inputs that come with the project: weights as safetensors, and a card with the same name.

The card is a JSON file: title, source, licence, the inputs with range and unit, and the names of the classes. Weights
are those of the source in float64, with its normalisation as the first layer; where the least output decides, the last
layer is negated, so that the largest one does. `python -m models.vectors FILE.nnet` writes ACAS Xu's network again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from geometry.network.affine import Shape
from models.files.network_files import recognise
from models.vectors.inputs import Inputs, NamedInput

FOLDER = Path(__file__).parent
ACAS_XU = "acasxu-1-1"


@dataclass(frozen=True)
class VectorCard:
    """What is known of a shipped network.

    title : one line for the pages
    source, licence : where it comes from
    inputs : in raw units
    classes : names of the outputs
    about : what a class means here, in a sentence
    """

    title: str
    source: str
    licence: str
    inputs: Inputs
    classes: tuple[str, ...]
    about: str


@dataclass(frozen=True, eq=False)
class VectorNetwork:
    """A shipped network, in eval mode, for inputs in raw units of `input_shape`."""

    name: str
    network: nn.Sequential
    input_shape: Shape
    card: VectorCard


def shipped_names() -> tuple[str, ...]:
    """The names of the networks in the folder."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.safetensors") if path.with_suffix(".json").exists()))


def load_vector_network(name: str) -> VectorNetwork:
    """A shipped network.

    Raises
    ------
    ValueError
        If none has that name, listing all names.
    """
    if name not in shipped_names():
        raise ValueError(f"shipped are {', '.join(shipped_names())}; there is no {name[:40]!r}")
    path = FOLDER / f"{name}.safetensors"
    recognised = recognise(path)
    return VectorNetwork(name, recognised.network, recognised.input_shape, read_vector_card(path.with_suffix(".json")))


def read_vector_card(path: Path) -> VectorCard:
    """The card in a JSON file; a ValueError if it is none."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        inputs = Inputs(tuple(NamedInput(**item) for item in fields.pop("inputs")))
        return VectorCard(**{**fields, "inputs": inputs, "classes": tuple(fields["classes"])})
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path.name} is no card of a network on named inputs: {error}") from error
