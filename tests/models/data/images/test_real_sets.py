"""The published files themselves, on machines whose data folder has them: they hold what their publishers say."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from models.data.images import IMAGE_SETS, available_images, load_images
from models.data.images.images import FOLDER_VARIABLE, PARTS, Part
from tests.reference import SHARED

FOLDER = Path(os.environ.get(FOLDER_VARIABLE, SHARED / "data"))
HERE = {name: parts for name, parts in available_images(FOLDER).items() if name in IMAGE_SETS}
NUMBERS: dict[str, dict[Part, int]] = {name: dict(known.counts) for name, known in IMAGE_SETS.items()} | {
    "mnist": {"train": 60_000, "test": 10_000},
    "mnist-5k": {"train": 4000, "test": 1000},
    "mnist-binary": {"train": 54_579, "test": 9108},
    "fashion-mnist": {"train": 60_000, "test": 10_000},
}
EACH = {"fashion-mnist": {"train": 6000, "test": 1000}, "cifar-10": {"train": 5000, "test": 1000}}  # of every class
# SHA-256 of CIFAR-10's published binary files, as https://github.com/ankane/torchvision-ruby has them.
CIFAR_10 = (
    "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
    "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
    "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
    "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
    "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
    "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "part"), [(name, part) for name, parts in HERE.items() for part in parts])
def test_a_part_has_the_published_number_of_inputs_in_every_class(name: str, part: Part) -> None:
    images, known = load_images(name, part, FOLDER), IMAGE_SETS[name]
    assert images.x.shape == (NUMBERS[name][part], *known.shape)
    low, high = known.limits
    assert images.x.min() == low and images.x.max() == high
    counts = np.bincount(images.y, minlength=len(known.classes))
    assert len(counts) == len(known.classes) and counts.min() > 0
    if name in EACH:
        assert (counts == EACH[name][part]).all()


if set(PARTS) <= set(HERE.get("cifar-10", ())):

    @pytest.mark.slow
    def test_the_images_of_cifar_10_are_the_published_ones_whatever_the_form() -> None:
        """Written again in the binary version's layout, they have its sums."""
        digests = []
        for part in PARTS:
            images = load_images("cifar-10", part, FOLDER)
            pixels = np.rint(images.x * 255).astype(np.uint8).reshape(len(images), -1)
            records = np.concatenate([images.y.astype(np.uint8)[:, None], pixels], axis=1)
            digests += [
                hashlib.sha256(some.tobytes()).hexdigest() for some in np.split(records, len(records) // 10_000)
            ]
        assert tuple(digests) == CIFAR_10
