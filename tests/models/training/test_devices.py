"""Which device trains, by a name that can be chosen."""

from __future__ import annotations

import pytest
import torch

from models.networks.builders import mlp
from models.training.devices import devices, torch_device
from models.training.trainer import Trainer


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: ("Small GPU", "Large GPU")[index])


def test_every_device_has_a_name_and_automatic_is_the_first_gpu(two_gpus: None) -> None:
    assert list(devices()) == ["cpu", "cuda:0", "cuda:1"]
    assert devices()["cuda:1"] == "Large GPU"
    assert torch_device("auto") == torch_device("cuda") == torch.device("cuda:0")
    assert torch_device("cuda:1") == torch.device("cuda:1")
    assert torch_device("cpu") == torch.device("cpu")


def test_equal_gpus_are_told_apart(two_gpus: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: "Large GPU")
    assert devices()["cuda:1"] == "Large GPU (cuda:1)"


@pytest.mark.parametrize("name", ["cuda:2", "abacus", "", "cuda:x"])
def test_a_device_that_is_not_there_is_named_with_those_that_are(two_gpus: None, name: str) -> None:
    with pytest.raises(ValueError, match=r"cpu, cuda:0, cuda:1"):
        torch_device(name)


def test_without_a_gpu_the_cpu_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert torch_device("auto") == torch.device("cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_trainer_trains_where_it_is_told_to_and_shows_its_weights_on_the_cpu() -> None:
    x, y = torch.rand(40, 2), torch.arange(40) % 2
    for name in devices():
        trainer = Trainer(mlp((2, 8, 2)), x, y, device=name)
        snapshot = trainer.step(3)
        assert trainer.engine.device == torch_device(name)
        assert all(weight.device == torch.device("cpu") for weight in snapshot.weights.values())
        assert next(trainer.network().parameters()).device == torch.device("cpu")
