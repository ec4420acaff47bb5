"""Published networks give what onnxruntime computes of them, and a residual one is sliced and certified."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from certify import margins
from geometry import Plane, enumerate_regions
from geometry.network.network import as_network
from models.files.network_files import readings, recognise

NETWORKS = Path(__file__).resolve().parents[6] / "shared" / "networks"
FILES = sorted(NETWORKS.glob("*.onnx"))
OTHERS = sorted(path for kind in ("*.nnet", "*.pth") for path in NETWORKS.glob(kind))
pytestmark = pytest.mark.skipif(not NETWORKS.exists(), reason="the published networks are not here")


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_published_networks_give_what_onnxruntime_gives(path: Path) -> None:
    found = recognise(path)
    stored = np.load(path.with_suffix(".logits.npz"))
    x = torch.from_numpy(stored["x"].reshape(-1, *found.input_shape))  # channels last has one channel here
    expected = stored["y"].reshape(len(x), -1)
    tolerance = 1e-5 * abs(expected).max()
    np.testing.assert_allclose(found.network(x).detach(), expected, rtol=0, atol=tolerance)
    converted = as_network(found.network, found.input_shape).to(torch.float64)
    np.testing.assert_allclose(converted(x.double()).detach(), expected, rtol=0, atol=tolerance)


@pytest.mark.parametrize("path", OTHERS, ids=[path.name for path in OTHERS])
def test_every_other_published_network_is_read(path: Path) -> None:
    first = readings(path)[0]
    network, x = first.network.double(), torch.rand(5, *first.input_shape, dtype=torch.float64)
    torch.testing.assert_close(as_network(network, first.input_shape)(x), network(x))


@pytest.fixture(scope="module")
def residual() -> tuple[nn.Module, torch.Tensor]:
    """The CIFAR-10 residual network in float64, and five inputs."""
    network = recognise(NETWORKS / "cifar-resnet-2b.onnx").network.double()
    return network, torch.from_numpy(np.load(NETWORKS / "cifar-resnet-2b.logits.npz")["x"]).double().reshape(
        5, 3, 32, 32
    )


def signs(network: nn.Module, x: torch.Tensor) -> np.ndarray:
    """(n, units) which ReLUs of torch's own forward pass are on."""
    seen: list[torch.Tensor] = []
    hooks = [
        module.register_forward_hook(lambda _, given, __: seen.append((given[0] > 0).flatten(1)))
        for module in network.modules()
        if isinstance(module, nn.ReLU)
    ]
    with torch.no_grad():
        network(x)
    for hook in hooks:
        hook.remove()
    return torch.cat(seen, 1).numpy()


@pytest.mark.slow
def test_regions_of_a_residual_network_are_those_of_torchs_own_forward_pass(
    residual: tuple[nn.Module, torch.Tensor],
) -> None:
    network, x = residual
    plane = Plane.through(*x[:3].numpy())
    found = enumerate_regions(as_network(network, (3, 32, 32)), (-0.1, 0.1, -0.1, 0.1), plane)
    assert found.areas().sum() == pytest.approx(0.04, rel=1e-9)
    points = np.random.default_rng(0).uniform(-0.1, 0.1, (3000, 2))
    embedded = torch.as_tensor(plane.embed(points))
    cells, patterns = found.locate(points), signs(network, embedded)
    _, by_pattern = np.unique(patterns, axis=0, return_inverse=True)
    pairs = set(zip(cells.tolist(), by_pattern.reshape(-1).tolist()))
    assert len(pairs) == len(set(cells.tolist())) == len(set(by_pattern.reshape(-1).tolist()))
    assert len(pairs) > 10
    with torch.no_grad():
        logits = network(embedded).numpy()
    pieces = np.einsum("nki,ni->nk", found.pieces[cells], np.column_stack([points, np.ones(len(points))]))
    np.testing.assert_allclose(pieces, logits, rtol=0, atol=1e-9 * abs(logits).max())


def test_margins_of_a_residual_network_hold_for_samples(residual: tuple[nn.Module, torch.Tensor]) -> None:
    network, x = residual
    converted = as_network(network, (3, 32, 32))
    with torch.no_grad():
        scores = network(x)
    labels, eps = scores.argmax(1), 0.5 / 255
    proved = margins(converted, x, labels, eps, np.inf, "crown")
    assert bool((proved >= margins(converted, x, labels, eps, np.inf, "interval") - 1e-9).all())
    random = torch.Generator().manual_seed(0)
    for k, label in enumerate(labels):
        moved = x[k] + eps * (2 * torch.rand((200, 3, 32, 32), generator=random, dtype=torch.float64) - 1).sign()
        with torch.no_grad():
            logits = network(moved)
        assert bool((proved[k] <= (logits[:, label, None] - logits).amin(0) + 1e-9).all())
    nearly = margins(converted, x, labels, 1e-9, np.inf, "crown")
    exact = scores.gather(1, labels[:, None]) - scores
    torch.testing.assert_close(nearly, exact, rtol=0, atol=1e-4)
