"""How many images a reading gets right tells which one was meant, and with which normalisation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from models import AS_IT_IS, better, readings, scores
from models.files.network_files import network_bytes
from models.networks.builders import mlp
from tests.models.samples import torch_bytes

MEAN, STD = 0.1307, 0.3081
SHAPE = (1, 28, 28)


def truth(pool: bool) -> nn.Sequential:
    torch.manual_seed(3)
    layers = [nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), *([nn.AvgPool2d(2)] if pool else []), nn.Flatten()]
    units = nn.Sequential(*layers)(torch.zeros(1, *SHAPE)).numel()
    return nn.Sequential(*layers, nn.Linear(units, 10)).eval()


def labelled(network: nn.Sequential, normalised: bool, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Images, and what the network says of them."""
    x = torch.rand(n, *SHAPE, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        y = network((x - MEAN) / STD if normalised else x).argmax(1)
    return x.numpy(), y.numpy()


def test_the_true_reading_and_normalisation_score_best() -> None:
    network = truth(pool=True)
    x, y = labelled(network, normalised=True)
    y[:5] = -1
    tried = scores(readings(torch_bytes(network.state_dict())), x, y, n=200)
    best = tried[0]
    assert best.normalisation == "MNIST" and best.accuracy == 1 and best.count == 200
    assert best.candidate.reading.pool_kind == "average"
    with torch.no_grad():
        for score in tried:
            own = score.candidate.with_normalisation(score.normalize)
            right = own(torch.tensor(x[5:205])).argmax(1).numpy() == y[5:205]
            assert score.accuracy == right.mean() and (score.right == right).all()


def test_a_choice_that_does_clearly_better_is_proposed_and_no_other() -> None:
    network = truth(pool=False)
    x, y = labelled(network, normalised=True)
    tried = scores(readings(network_bytes(network)), x, y)
    plain = next(score for score in tried if score.normalisation == AS_IT_IS)
    assert plain.accuracy < 1
    gained = int((tried[0].right & ~plain.right).sum())
    assert (better(tried, plain) is tried[0]) == (gained > 3 * gained**0.5)
    assert better(tried, tried[0]) is None
    x, y = labelled(network, normalised=False)
    tried = scores(readings(network_bytes(network)), x, y)
    plain = next(score for score in tried if score.normalisation == AS_IT_IS)
    assert plain.accuracy == 1 and better(tried, plain) is None


def test_a_flat_network_is_tried_on_images() -> None:
    network = nn.Sequential(nn.Linear(12, 3)).eval()
    x = np.random.default_rng(0).random((20, 3, 2, 2), dtype=np.float32)
    with torch.no_grad():
        y = network(torch.tensor(x).flatten(1)).argmax(1).numpy()
    (best, *_) = scores(readings(network_bytes(network)), x, y, normalisations={})
    assert best.accuracy == 1


def test_images_without_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="label"):
        scores(readings(network_bytes(truth(False))), np.zeros((2, *SHAPE), np.float32), np.full(2, -1))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.zeros((3, 2)), np.zeros((3, 1), int)),
        (np.zeros((3, 2)), np.zeros(4, int)),
        (np.zeros((3, 2)), np.zeros(2, int)),
        (np.zeros(3), np.zeros(3, int)),
        (np.full((3, 2), np.nan), np.zeros(3, int)),
        (np.zeros((3, 2)), np.full(3, 0.5)),
        (np.zeros((3, 2)), np.full(3, np.nan)),
        (np.array([["a", "b"]]), np.zeros(1, int)),
    ],
)
def test_images_and_labels_that_do_not_go_together_are_refused(x: np.ndarray, y: np.ndarray) -> None:
    with pytest.raises(ValueError, match="label"):
        scores(readings(torch_bytes(mlp((2, 3, 2)).state_dict())), x, y)
