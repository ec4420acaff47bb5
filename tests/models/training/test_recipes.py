"""The table of trainings holds the papers' numbers, and every line of it can be trained."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from models.data.images import IMAGE_SETS
from models.data.toy import DATASETS
from models.networks.builders import mlp, parse_widths
from models.networks.convolutional import Convolutional
from models.networks.initial_weights import draw_weights
from models.objectives import Progress, make_objective
from models.objectives.kw import KW
from models.training.engine import Engine
from models.training.learning_rates import stepped
from models.training.recipes import ARCHITECTURES, MMR_NETWORKS, RECIPES


def hidden_units(network: nn.Sequential) -> list[int]:
    """Units of every hidden layer by a forward pass of one image."""
    found, x = [], torch.zeros(1, 1, 28, 28)
    for layer in network:
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            found.append(x.numel())
    assert x.shape == (1, 10)
    return found


def test_the_architectures_are_the_papers() -> None:
    found = {name: hidden_units(make(0)) for name, make in MMR_NETWORKS.items()}
    assert found["fc1"] == [1024]
    assert found["fc10"] == [124, *[104] * 7, 86, 86]
    assert sum(found["fc10"]) == 1024
    assert found["cnn"] == [16 * 14 * 14, 32 * 7 * 7, 100]


@pytest.mark.parametrize("name", IMAGE_SETS)
def test_the_architectures_take_the_inputs_and_classes_of_every_set(name: str) -> None:
    shape, classes = IMAGE_SETS[name].shape, len(IMAGE_SETS[name].classes)
    for kind, make in ARCHITECTURES.items():
        if len(shape) == 1 and (kind == "cnn" or isinstance(make, Convolutional)):
            with pytest.raises(ValueError, match="takes images"):
                make(0, shape, classes)
        else:
            assert make(0, shape, classes)(torch.zeros(2, *shape)).shape == (2, classes)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_take_a_step(name: str) -> None:
    recipe = RECIPES[name]
    assert recipe.dataset in {**DATASETS, **IMAGE_SETS}
    objective = make_objective(recipe.objective, **recipe.options)
    if recipe.network in ARCHITECTURES:
        images = IMAGE_SETS[recipe.dataset]
        network = ARCHITECTURES[recipe.network](0, images.shape, len(images.classes))
        x = torch.rand(2, *images.shape)
        y = torch.arange(2)
    else:
        data = DATASETS[recipe.dataset]()
        network = mlp((2, *parse_widths(recipe.network), data.classes))
        x, y = torch.tensor(data.x), torch.tensor(data.y)
    draw_weights(network, recipe.init)
    engine = Engine(network, x, y, objective, epochs=2, batch_size=4, lr=recipe.lr, seed=0, device="cpu")
    engine.advance()
    assert (engine.step, engine.message) == (1, "")


RELEASED = {  # with the code of Croce et al. (2019): λ, γ and lr of MMR and of MMR+at
    ("linf", "fc1"): ((2, 0.1, 1e-3), (1, 0.1, 1e-3)),
    ("linf", "cnn"): ((1, 0.2, 1e-3), (0.5, 0.2, 1e-3)),
    ("l2", "fc1"): ((1.5, 0.6, 1e-4), (0.5, 0.45, 5e-5)),
    ("l2", "cnn"): ((3, 0.45, 1e-4), (6, 0.45, 5e-5)),
}


@pytest.mark.parametrize(("norm", "network"), RELEASED)
def test_mnist_is_trained_as_released(norm: str, network: str) -> None:
    for scheme, (lam, gamma, lr) in zip(("mmr", "mmr-at"), RELEASED[norm, network]):
        recipe = RECIPES[f"mnist-{network}-{norm}-{scheme}"]
        objective = make_objective(recipe.objective, **recipe.options)
        assert (recipe.epochs, recipe.batch_size, recipe.lr, recipe.lr_drop) == (100, 128, lr, 0.9)
        assert (objective.lam, objective.gamma_B, objective.gamma_D) == (lam, gamma, gamma)  # type: ignore[attr-defined]
        assert (objective.k_B, objective.k_D, objective.ramp) == ((0.1, 0.02), None, 0.1)  # type: ignore[attr-defined]
        assert recipe.init == "truncated-normal"
        assert getattr(objective, "step_size", 2) == 2
        assert objective.p == recipe.p == {"linf": math.inf, "l2": 2}[norm]  # type: ignore[attr-defined]
        assert recipe.eps == {"linf": 0.1, "l2": 0.3}[norm]


def test_fashion_mnist_is_trained_like_mnist_except_for_the_known_settings_of_its_own() -> None:
    """Those of MMR+at in l-infinity: γ is .15, and for the CNN λ is 2."""
    fashion = [name for name in RECIPES if name.startswith("fashion-mnist-")]
    assert len(fashion) == 2 * 3 * 5
    for name in fashion:
        mine, digits = RECIPES[name], RECIPES[name.removeprefix("fashion-")]
        same = replace(mine, title=digits.title, dataset="mnist") == digits
        assert same == (name not in {f"fashion-mnist-{network}-linf-mmr-at" for network in MMR_NETWORKS})
    for network, lam in (("fc1", 1), ("cnn", 2)):
        options = RECIPES[f"fashion-mnist-{network}-linf-mmr-at"].options
        assert (options["lam"], options["gamma_B"], options["gamma_D"]) == (lam, 0.15, 0.15)


@pytest.mark.parametrize(
    ("dataset", "eps"), [("gts", {"linf": 4 / 255, "l2": 0.2}), ("cifar-10", {"linf": 2 / 255, "l2": 0.1})]
)
def test_colour_images_are_augmented_attacked_in_seven_steps_and_trained_at_one_rate(
    dataset: str, eps: dict[str, float]
) -> None:
    known = {name: recipe for name, recipe in RECIPES.items() if recipe.dataset == dataset}
    assert len(known) == 2 * 5 * (2 if dataset == "gts" else 1)
    for name, recipe in known.items():
        norm = name.split("-")[-3 if name.endswith("mmr-at") else -2]
        epochs = 60 if recipe.objective == "kw" else 100
        assert (recipe.augment, recipe.eps, recipe.lr, recipe.epochs) == (dataset, eps[norm], 1e-3, epochs)
        assert recipe.options.get("steps", 7) == 7 and recipe.options.get("eps", eps[norm]) == eps[norm]
    if dataset == "gts":
        options = RECIPES["gts-cnn-l2-mmr-at"].options
        assert (options["lam"], options["gamma_B"], options["gamma_D"]) == (6, 0.3, 0.3)  # as released


def test_kw_trains_on_images_as_its_later_code_does_and_on_the_plane_as_its_paper() -> None:
    """Images: eps from a tenth over ten epochs, then half the learning rate every ten. Fig. 3: .08 throughout."""
    recipe = RECIPES["mnist-cnn-linf-kw"]
    mnist, fig3 = (make_objective("kw", **RECIPES[name].options) for name in ("mnist-cnn-linf-kw", "kw-fig-3"))
    assert isinstance(mnist, KW) and isinstance(fig3, KW)
    assert [mnist.radius(Progress(epoch, 60)) for epoch in (0, 5, 10, 59)] == pytest.approx([0.01, 0.055, 0.1, 0.1])
    rates = [stepped(recipe.lr, recipe.lr_drop, recipe.lr_divisor, epoch, recipe.epochs) for epoch in (9, 10, 25, 59)]
    assert rates == [1e-3, 5e-4, 2.5e-4, 1e-3 / 32]
    assert [fig3.radius(Progress(epoch, 1000)) for epoch in (0, 999)] == [0.08, 0.08]


def test_pairs_to_compare_differ_in_nothing_but_the_objective() -> None:
    for name in ("mmr-fig-2", "kw-fig-3"):
        robust, plain = RECIPES[name], RECIPES[f"{name}-plain"]
        for field in ("dataset", "network", "epochs", "batch_size", "lr", "lr_drop", "init", "eps", "p"):
            assert getattr(robust, field) == getattr(plain, field)
