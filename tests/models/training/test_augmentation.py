"""Augmentation changes each image as an independent computation of the same draws does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance, ImageOps
from torch import nn

from models import Trainer, error_rate, fit, image_mlp
from models.training.augmentation import AUGMENTATIONS, Augmentation, augmentation
from models.training.checkpoint_file import checkpoint_bytes, read_checkpoint, resumed
from models.training.engine import Engine

X = torch.from_numpy(np.random.default_rng(0).random((40, 3, 6, 5)).astype(np.float32))
PLACES = torch.randperm(40, generator=torch.Generator().manual_seed(0))[:20]


def one_by_one(
    kind: Augmentation, image: np.ndarray, row: int, column: int, mirrored: bool, brightness: float, contrast: float
) -> np.ndarray:
    """One image in float64, by slices and loops."""
    channels, height, width = image.shape
    bordered = np.zeros((channels, height + 2 * kind.border, width + 2 * kind.border))
    bordered[:, kind.border : kind.border + height, kind.border : kind.border + width] = image
    crop = bordered[:, row : row + height, column : column + width]
    if mirrored:
        crop = crop[:, :, ::-1]
    crop = np.minimum(np.maximum(crop + brightness, 0), 1)
    for channel in range(channels):
        mean = crop[channel].mean()
        crop[channel] = np.minimum(np.maximum((crop[channel] - mean) * contrast + mean, 0), 1)
    return crop


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_each_image_is_cropped_mirrored_and_changed_as_drawn(name: str) -> None:
    kind = AUGMENTATIONS[name]
    drawn = kind.draw(len(X), seed=3, epoch=7)
    found = kind.apply(X[PLACES], drawn, PLACES)
    for image, place in zip(found, PLACES.tolist()):
        fields = [drawn.rows, drawn.columns, drawn.mirrored, drawn.brightness, drawn.contrast]
        expected = one_by_one(kind, X[place].double().numpy(), *(field[place].item() for field in fields))
        assert np.allclose(image.numpy(), expected, atol=1e-6)
    assert found.min() >= 0 and found.max() <= 1 and found.shape == (20, 3, 6, 5)


def test_contrast_is_that_of_an_image_library() -> None:
    grey = (np.random.default_rng(1).random((8, 8)) * 200).astype(np.uint8)
    kind = Augmentation("contrast alone", mirror=False, border=0, brightness=0.0, contrast=(0.7, 0.7))
    x = torch.from_numpy(grey.astype(np.float32) / 255)[None, None]
    found = kind.apply(x, kind.draw(1, 0, 0), torch.tensor([0]))
    expected = np.asarray(ImageEnhance.Contrast(Image.fromarray(grey)).enhance(0.7))
    assert np.abs(found[0, 0].numpy() * 255 - expected).max() < 1.5  # it rounds to bytes, the mean as well


def test_a_mirrored_image_is_that_of_an_image_library() -> None:
    image = (np.random.default_rng(1).random((8, 7, 3)) * 255).astype(np.uint8)
    kind = Augmentation("mirroring alone", mirror=True, border=0, brightness=0.0, contrast=(1.0, 1.0))
    x = torch.from_numpy(image.astype(np.float32) / 255).permute(2, 0, 1).expand(64, 3, 8, 7)
    drawn = kind.draw(64, 0, 0)
    found = (kind.apply(x, drawn, torch.arange(64)) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    mirror = np.asarray(ImageOps.mirror(Image.fromarray(image)))
    assert 16 < int(drawn.mirrored.sum()) < 48
    for picture, mirrored in zip(found, drawn.mirrored.tolist()):
        assert np.array_equal(picture, mirror if mirrored else image)


def test_draws_are_uniform_over_their_ranges() -> None:
    kind, n = AUGMENTATIONS["cifar-10"], 20_000
    drawn = kind.draw(n, 0, 0)
    for places in (drawn.rows, drawn.columns):
        counts = torch.bincount(places)
        assert len(counts) == 5 and (counts / n - 0.2).abs().max() < 0.015  # over five standard deviations
    assert abs(float(drawn.mirrored.float().mean()) - 0.5) < 0.02
    for numbers, low, high in ((drawn.brightness, -0.1, 0.1), (drawn.contrast, 0.6, 1.4)):
        shares = torch.histc(numbers, 4, low, high) / n
        assert low <= numbers.min() and numbers.max() <= high and (shares - 0.25).abs().max() < 0.02


def test_traffic_signs_are_never_mirrored() -> None:
    assert not AUGMENTATIONS["gts"].draw(1000, 0, 0).mirrored.any()


def test_an_image_is_changed_alike_in_every_batch_and_differently_in_every_epoch() -> None:
    kind = AUGMENTATIONS["cifar-10"]
    first, again, later = (kind.draw(len(X), seed, epoch) for seed, epoch in ((5, 2), (5, 2), (5, 3)))
    whole = kind.apply(X, first, torch.arange(40))
    assert torch.equal(whole[PLACES], kind.apply(X[PLACES], again, PLACES))
    assert not torch.equal(whole, kind.apply(X, later, torch.arange(40)))
    assert not torch.equal(first.brightness, kind.draw(len(X), 6, 2).brightness)


@pytest.mark.parametrize(
    ("name", "x", "said"),
    [
        ("cifar", X, "augment is one of cifar-10, gts, or None, got 'cifar'"),
        ("gts", X.flatten(1), r"\(40, 90\)"),
        ("gts", X * 2 - 1, "from -"),
        ("gts", X * 255, r"in \[0, 1\]"),
    ],
)
def test_what_is_no_image_is_not_augmented(name: str, x: torch.Tensor, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        augmentation(name, x)


def test_without_a_name_nothing_is_augmented() -> None:
    assert augmentation(None, X * 255) is None


# In training

Y = torch.arange(40) % 3


def trained(steps: int, augment: str | None = "cifar-10") -> Engine:
    network = image_mlp((4,), (3, 6, 5), 3, seed=1)
    engine = Engine(
        network,
        X,
        Y,
        "plain",
        epochs=4,
        batch_size=16,
        lr=0.01,
        device="cpu",
        augment=augment,
        seed=2,
    )
    engine.run(steps)
    return engine


def weights(engine: Engine) -> list[torch.Tensor]:
    return list(engine.snapshot.weights.values())


def same(one: Engine, other: Engine) -> bool:
    return all(torch.equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


def test_augmented_training_repeats_bit_for_bit_and_depends_on_its_name() -> None:
    assert same(trained(12), trained(12))
    assert not same(trained(12), trained(12, augment=None))
    assert not same(trained(12), trained(12, augment="gts"))


@pytest.mark.parametrize("step", [1, 3, 5, 8])  # there are three steps in an epoch
def test_it_resumes_bit_for_bit_from_any_step(step: int) -> None:
    again = resumed(checkpoint_bytes(trained(step)), X, Y, "cpu")
    assert again.augment == "cifar-10" and again.step == step
    again.run(12)
    assert same(again, trained(12))


def as_set(images: torch.Tensor) -> set[bytes]:
    return {image.numpy().tobytes() for image in images}


def test_the_network_sees_each_image_of_an_epoch_once_as_drawn() -> None:
    seen: list[torch.Tensor] = []
    engine = trained(0)
    learn = engine.objective

    def watched(network: nn.Sequential, x: torch.Tensor, *rest: Any) -> Any:
        seen.append(x.clone())
        return learn(network, x, *rest)

    engine.objective = watched
    engine.run(6)
    kind = AUGMENTATIONS["cifar-10"]
    for epoch in (0, 1):
        expected = kind.apply(X, kind.draw(40, 2, epoch), torch.arange(40))
        found = torch.cat(seen[3 * epoch : 3 * epoch + 3])
        assert sorted(image.numpy().tobytes() for image in found) == sorted(
            image.numpy().tobytes() for image in expected
        )
    assert engine.error() == error_rate(engine.network, X, Y)  # measured on the images as they are


def test_a_checkpoint_of_an_unknown_augmentation_is_refused() -> None:
    data = checkpoint_bytes(trained(1))
    with pytest.raises(ValueError, match="cannot have augment = cifar-99"):
        read_checkpoint(data.replace(b"cifar-10", b"cifar-99"))


def test_fit_and_trainer_augment_too() -> None:
    network = image_mlp((4,), (3, 6, 5), 3, seed=1)
    fit(network, X, Y, epochs=4, batch_size=16, lr=0.01, seed=2, device="cpu", augment="cifar-10")
    for parameter, expected in zip(network.state_dict().values(), weights(trained(12)), strict=True):
        assert torch.equal(parameter, expected)
    trainer = Trainer(image_mlp((4,), (3, 6, 5), 3), X, Y, epochs=1, device="cpu", augment="gts")
    assert trainer.engine.augment == "gts"
    with pytest.raises(ValueError, match="augment is one of"):
        Trainer(image_mlp((4,), (3, 6, 5), 3), X, Y, epochs=1, device="cpu", augment="nothing")
