"""Where a row's network comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.files.cards import read_card
from models.gallery import FOLDER, gallery
from models.training import recipes
from models.training.recipes import Recipe
from papers.settings import Settings
from papers.sources import Built, Published, Trained, opened_file
from papers.training import flags

SHIPPED = "mnist-fc1-linf-plain"


def test_the_gallerys_network_is_taken_unless_other_epochs_or_another_seed_are_asked_for() -> None:
    card = read_card(FOLDER / f"{SHIPPED}.json")
    epochs = card.training["epochs"]
    assert SHIPPED in gallery()
    opened = Trained(SHIPPED).open(Settings())
    assert (opened.kind, opened.name, opened.epochs, opened.shape) == ("gallery", SHIPPED, epochs, (1, 28, 28))
    assert Trained(SHIPPED).to_train(Settings()) is None
    assert Trained(SHIPPED).to_train(Settings(epochs=epochs)) is None
    for other in (Settings(epochs=epochs + 1), Settings(seed=1)):
        assert Trained(SHIPPED).to_train(other) == recipes.RECIPES[SHIPPED]


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (None, "a recipe nobodys"),
        (Recipe("t", "moons", "enormous", "plain"), "the architecture enormous"),
        (Recipe("t", "moons", "4", "unheard"), "the objective unheard"),
        (Recipe("t", "moonlight", "4", "plain"), "a reader of the data set moonlight"),
        (Recipe("t", "moons", "4,4", "plain"), ""),
    ],
)
def test_what_a_training_lacks_is_said(recipe: Recipe | None, said: str) -> None:
    lacks = Trained("nobodys", recipe).missing(Settings())
    assert lacks.startswith(said) and bool(lacks) is bool(said)


def test_files_that_are_not_on_this_machine_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELUSCOPE_DATA", str(tmp_path))
    lacks = Trained("nobodys", Recipe("t", "cifar-10", "cnn", "plain")).missing(Settings())
    assert lacks.startswith("the train part of CIFAR-10 on this machine")


def test_a_published_network_is_asked_for_as_a_file() -> None:
    published = Published("somebody's network", "their site")
    assert "somebody's network, from their site: give it as --network FILE" in published.missing(Settings())
    with pytest.raises(ValueError, match="--network FILE"):
        published.open(Settings())


def test_a_built_network_is_another_one_for_another_seed() -> None:
    built = Built("toy", lambda seed: recipes.image_mlp((3,), seed=seed), (1, 28, 28))
    first, again, other = (built.open(Settings(seed=seed)) for seed in (0, 0, 1))
    assert first.weights == again.weights != other.weights
    assert other.name == "toy, seed 1"


def test_a_recipe_is_passed_on_with_all_it_says() -> None:
    recipe = Recipe("t", "moons", "4,4", "kmmr", {"k_B": (0.1, 0.02), "lam": 2.0}, epochs=7, lr_drop=0.5)
    passed = flags(recipe, Settings(epochs=3, seed=2, device="cpu"))
    expected = ("--widths=4,4", "--dataset=moons", "--objective=kmmr", "--option=k_B=0.1,0.02", "--option=lam=2.0",
                "--lr-drop=0.5", "--epochs=3", "--seed=2", "--device=cpu")  # fmt: skip
    assert set(expected) <= set(passed) and not any(flag.startswith("--title") for flag in passed)
    assert flags(recipes.RECIPES[SHIPPED], Settings())[0] == f"--recipe={SHIPPED}"


def test_a_file_that_holds_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    path.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="no file of a trained network"):
        opened_file(path)
