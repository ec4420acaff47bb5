"""Where the network of a row comes from: the gallery, a preset, a training, a formula, or somebody's file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from torch import nn

from geometry.content import content_key
from geometry.network.affine import Shape
from models import load_preset
from models.files.cards import Card, read_card
from models.files.network_files import recognise
from models.gallery import FOLDER as GALLERY
from models.gallery import gallery, load_shipped
from models.objectives import OBJECTIVES
from models.presets import FOLDER as PRESETS
from models.training.held_out import curves_path, read_curves
from models.training.recipes import ARCHITECTURES, RECIPES, Recipe
from papers.data import missing_data
from papers.settings import Settings
from papers.training import train

WIDTHS = re.compile(r"[0-9]+(?:,[0-9]+)*")  # hidden widths in place of an architecture's name
Kind = Literal["gallery", "preset", "file", "built"]


@dataclass(frozen=True, eq=False)
class Opened:
    """A network in eval mode, and what a result says about it.

    name : in the gallery or among the presets, else the file's name
    weights : key of the weights' content, by which a result knows that they have changed since
    card : None for a network without one
    curves : measures after each epoch of its training, where that measured held-out points
    """

    network: nn.Sequential
    shape: Shape
    name: str
    kind: Kind
    weights: str
    card: Card | None = None
    curves: tuple[Mapping[str, float], ...] = ()

    @property
    def epochs(self) -> int | None:
        return None if self.card is None else self.card.training.get("epochs")

    @property
    def seed(self) -> int | None:
        return None if self.card is None else self.card.training.get("seed")


class Source(Protocol):
    """Where a network comes from."""

    def missing(self, settings: Settings) -> str:
        """What the project or this machine lacks to have it, "" if nothing."""
        ...

    def to_train(self, settings: Settings) -> Recipe | None:
        """The training that has to run before it is there; None if it is there."""
        ...

    def open(self, settings: Settings) -> Opened:
        """The network; trained now, if it has to be."""
        ...


@dataclass(frozen=True)
class Trained:
    """A network by the name of its recipe: the gallery's, unless other epochs or another seed are asked for.

    `recipe` is the training where `models.training.recipes` has none of this name. With `held_out`, so many points of
    the training part and of the test part are measured after every epoch; the gallery's network has no such curves.
    """

    name: str
    recipe: Recipe | None = None
    held_out: int = 0

    def missing(self, settings: Settings) -> str:
        if self._there(settings) is not None:
            return ""
        recipe = self._recipe()
        if recipe is None:
            return f"a recipe {self.name} (models/training/recipes.py)"
        if recipe.network not in ARCHITECTURES and not WIDTHS.fullmatch(recipe.network):
            return f"the architecture {recipe.network} (models/training/recipes.py)"
        if recipe.objective not in OBJECTIVES:
            return f"the objective {recipe.objective} (models/objectives)"
        return missing_data(recipe.dataset, "train")

    def to_train(self, settings: Settings) -> Recipe | None:
        return None if self._there(settings) is not None else self._recipe()

    def open(self, settings: Settings) -> Opened:
        path = self._there(settings)
        if path is None:
            recipe = self._recipe()
            if recipe is None:
                raise ValueError(f"there is no {self.missing(settings)}")
            path = self._file(settings)
            train(recipe, path, settings, self.held_out)
        if path.parent == GALLERY:
            shipped = load_shipped(self.name)
            return Opened(shipped.network, shipped.input_shape, self.name, "gallery", key(path), shipped.card)
        return opened_file(path)

    def _recipe(self) -> Recipe | None:
        return RECIPES.get(self.name) or self.recipe

    def _there(self, settings: Settings) -> Path | None:
        """The file with this network, if there is one."""
        shipped = GALLERY / f"{self.name}.safetensors"
        if not self.held_out and self.name in gallery() and _is_asked(shipped, settings):
            return shipped
        path = self._file(settings)
        return path if path.exists() and path.with_suffix(".json").exists() else None

    def _file(self, settings: Settings) -> Path:
        epochs = "" if settings.epochs is None else f"-{settings.epochs}-epochs"
        seed = "" if settings.seed == 0 else f"-seed-{settings.seed}"
        return settings.folder / f"{self.name}{epochs}{seed}.safetensors"


def _is_asked(path: Path, settings: Settings) -> bool:
    """Whether the network was trained with the epochs and the seed that are asked for."""
    training = read_card(path.with_suffix(".json")).training
    return training.get("seed", 0) == settings.seed and settings.epochs in (None, training.get("epochs"))


@dataclass(frozen=True)
class Preset:
    """A shipped network of the plane."""

    name: str

    def missing(self, settings: Settings) -> str:
        return ""

    def to_train(self, settings: Settings) -> Recipe | None:
        return None

    def open(self, settings: Settings) -> Opened:
        preset, path = load_preset(self.name), PRESETS / f"{self.name}.safetensors"
        return Opened(preset.network.eval(), (2,), self.name, "preset", key(path), preset.card)


@dataclass(frozen=True)
class Built:
    """A network that a function makes from a seed, untrained."""

    title: str
    build: Callable[[int], nn.Sequential]
    shape: Shape

    def missing(self, settings: Settings) -> str:
        return ""

    def to_train(self, settings: Settings) -> Recipe | None:
        return None

    def open(self, settings: Settings) -> Opened:
        network = self.build(settings.seed).eval()
        weights = content_key(*(tensor for _, tensor in sorted(network.state_dict().items())))
        return Opened(network, self.shape, f"{self.title}, seed {settings.seed}", "built", weights)


@dataclass(frozen=True)
class Published:
    """A network that the paper's authors have published and that does not come with the project."""

    title: str
    where: str

    def missing(self, settings: Settings) -> str:
        return "" if settings.network else f"the file of {self.title}, from {self.where}: give it as --network FILE"

    def to_train(self, settings: Settings) -> Recipe | None:
        return None

    def open(self, settings: Settings) -> Opened:
        if settings.network is None:
            raise ValueError(f"there is no {self.missing(settings)}")
        return opened_file(settings.network)


def opened_file(path: Path) -> Opened:
    """The network in a file, with its card if there is one beside it.

    Raises
    ------
    ValueError
        If the file holds no network, or leaves open which.
    """
    recognised, card = recognise(path), path.with_suffix(".json")
    shape = (1, 28, 28) if recognised.input_shape == (784,) else recognised.input_shape
    curves = tuple(read_curves(curves_path(path)))
    known = read_card(card) if card.exists() else None
    return Opened(recognised.network.eval(), shape, path.name, "file", key(path), known, curves)


def key(path: Path) -> str:
    """The key of a file's content."""
    return content_key(path.read_bytes())
