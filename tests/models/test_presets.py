"""The shipped networks are what their cards say, and come from the commands their cards name."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import torch

from certify import margins
from geometry.network.network import as_network
from models.data.toy import DATASETS
from models.files.network_files import load_network
from models.networks.error_rate import error_rate
from models.presets import FOLDER, PRESETS, RECIPES, ROBUST, SMALL, load_preset
from models.training.command_line import main


def test_there_is_one_for_each_toy_data_set() -> None:
    assert set(PRESETS) == set(DATASETS)


@pytest.mark.parametrize("name", [*PRESETS, *SMALL, *ROBUST])
def test_the_card_tells_what_the_file_computes(name: str) -> None:
    preset = load_preset(name)
    converted = as_network(preset.network, (2,))
    assert (2, *converted.widths, converted.classes) == preset.card.widths
    assert error_rate(preset.network, preset.dataset.x, preset.dataset.y) == preset.card.clean_error
    if name != "tight":
        assert sum(parameter.numel() for parameter in preset.network.parameters()) == preset.card.parameters


@pytest.mark.parametrize("name", [*PRESETS, *SMALL, *ROBUST])
def test_it_has_learnt_its_points(name: str) -> None:
    assert load_preset(name).card.clean_error == 0


def test_the_papers_networks_have_the_papers_sizes() -> None:
    assert load_preset("mmr").card.widths == (2, 100, 2)
    assert len(load_preset("mmr").dataset) == 128
    assert load_preset("kw").card.widths == (2, 100, 100, 100, 100, 2)
    assert len(load_preset("kw").dataset) == 12
    assert load_preset("tight").card.widths == (2, 4, 2)


def test_the_robust_one_is_proved_on_all_its_points() -> None:
    """KW Fig. 3: no l-infinity perturbation of 0.08 changes any class, while the plain one loses some."""
    proved = {}
    for name in ("kw", "kw-robust"):
        preset = load_preset(name)
        x, y = preset.dataset.x.copy(), preset.dataset.y.copy()
        least = margins(preset.network.double(), x, y, 0.08, float("inf"), "fast-lin")
        proved[name] = int((least[torch.arange(len(y)), 1 - torch.from_numpy(y)] > 0).sum())
    assert proved["kw-robust"] == 12 > proved["kw"]


def test_they_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.safetensors")) < 300_000


@pytest.mark.parametrize("name", {**RECIPES, **SMALL})
def test_the_command_on_the_card_is_the_recipe(name: str) -> None:
    command = shlex.split(load_preset(name).card.command)
    recipe = shlex.split({**RECIPES, **SMALL}[name])
    options = dict(zip(command[3::2], command[4::2]))
    assert command[:3] == ["python", "-m", "models.train"]
    assert all(float(options[key]) == float(value) if key == "--lr" else options[key] == value
               for key, value in zip(recipe[::2], recipe[1::2]))  # fmt: skip


def test_the_command_on_a_card_makes_the_network_again(tmp_path: Path) -> None:
    """Up to what another processor rounds differently."""
    preset = load_preset("kw")
    output = tmp_path / "again.safetensors"
    assert main([*shlex.split(preset.card.command)[3:], "--output", str(output)]) == 0
    x = torch.tensor(preset.dataset.x, dtype=torch.float32)
    assert torch.equal(load_network(output)(x).argmax(1), preset.network(x).argmax(1))
    assert output.with_suffix(".json").exists()


def test_an_unknown_name_is_told_what_there_is() -> None:
    with pytest.raises(ValueError, match="moons, circles"):
        load_preset("nonsense")
