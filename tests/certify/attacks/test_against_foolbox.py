import math

import numpy as np
import pytest
import torch

from certify.attacks import attack
from tests.strategies import mlp

foolbox = pytest.importorskip("foolbox", reason="foolbox, an oracle for the attacks, is not installed")


@pytest.mark.parametrize("p", [2, math.inf])
def test_pgd_is_no_weaker_than_foolbox(p):
    network, x = mlp([10, 20, 20, 4], 8), torch.rand(60, 10, dtype=torch.float64)
    labels = network(x).argmax(1)
    model = foolbox.PyTorchModel(network, bounds=(0, 1))
    oracle = {2: foolbox.attacks.L2PGD, math.inf: foolbox.attacks.LinfPGD}[p](steps=40)
    eps = {2: 0.4, math.inf: 0.12}[p]
    _, _, success = oracle(model, x, labels, epsilons=eps)
    found = attack(network, x, labels, "pgd", eps=eps, p=p, box=(0, 1))
    assert found.success.sum() >= success.sum().item() - 1


@pytest.mark.parametrize("name", ["deepfool", pytest.param("cw", marks=pytest.mark.slow)])
def test_distances_are_no_longer_than_those_of_foolbox(name):
    network, x = mlp([10, 20, 20, 4], 8), torch.rand(10, 10, dtype=torch.float64)
    labels = network(x).argmax(1)
    model = foolbox.PyTorchModel(network, bounds=(-10, 10))
    oracle = foolbox.attacks.L2DeepFoolAttack() if name == "deepfool" else foolbox.attacks.L2CarliniWagnerAttack(5, 100)
    _, clipped, success = oracle(model, x, labels, epsilons=None)
    theirs = torch.linalg.vector_norm(clipped - x, dim=1).numpy()
    found = attack(network, x, labels, name, p=2, box=(-10, 10))
    both = found.success & success.numpy()
    assert both.sum() >= success.sum().item() - 1
    assert np.median(found.distances[both]) <= np.median(theirs[both]) * 1.02
