"""The gallery's names say data set, network, norm and training."""

from __future__ import annotations

from pathlib import Path

import pytest

from models import gallery as module
from models.gallery import gallery, gallery_title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("mnist-fc1-linf-mmr-at", "MNIST FC1 · MMR+at for ℓ∞"),
        ("fashion-mnist-cnn-l2-plain", "Fashion-MNIST CNN · plain"),
        ("mine-fc10-linf-sabr", "MINE FC10 · SABR for ℓ∞"),
        ("mine", "mine"),
        ("mine-fc1-l3-kw", "mine-fc1-l3-kw"),
    ],
)
def test_a_name_gives_a_title_also_where_the_data_sets_name_has_hyphens(name: str, title: str) -> None:
    assert gallery_title(name) == title


def test_plain_networks_come_first_and_mnists_before_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("fashion-mnist-fc1-linf-kw", "fashion-mnist-fc1-linf-plain", "mnist-fc1-linf-kw", "mnist-fc1-linf-plain")
    for name in (*names, "other"):
        for ending in ("safetensors", "json"):
            (tmp_path / f"{name}.{ending}").touch()
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    assert gallery() == (names[3], names[1], names[2], names[0], "other")
