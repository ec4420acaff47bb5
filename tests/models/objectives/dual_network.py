"""KW's Algorithm 1 for one point, in torch and as the paper writes it, for values and gradients to compare with."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def dual_margins(network: nn.Sequential, x: Tensor, label: int, eps: float, p: float) -> Tensor:
    """(K,) J_eps(x, g(e_label - e_s)), KW eq. (5), of an MLP without a box; differentiable."""
    layers = [module for module in network if isinstance(module, nn.Linear)]
    slope = next((module.negative_slope for module in network if isinstance(module, nn.LeakyReLU)), 0.0)
    lower: list[Tensor] = []
    upper: list[Tensor] = []
    for k, layer in enumerate(layers[:-1]):
        eye = torch.eye(layer.out_features, dtype=x.dtype)
        lower.append(_bound(layers[: k + 1], eye, lower, upper, x, eps, p, slope))
        upper.append(-_bound(layers[: k + 1], -eye, lower, upper, x, eps, p, slope))
    eye = torch.eye(layers[-1].out_features, dtype=x.dtype)
    return _bound(layers, eye[label] - eye, lower, upper, x, eps, p, slope)


def _bound(layers, c: Tensor, lower, upper, x: Tensor, eps: float, p: float, slope: float) -> Tensor:
    nu, J = -c, 0
    for i in range(len(layers) - 1, -1, -1):
        J = J - nu @ layers[i].bias
        nu_hat = nu @ layers[i].weight
        if i == 0:
            q = {1: math.inf, 2: 2, math.inf: 1}[p]
            return J - nu_hat @ x - eps * torch.linalg.vector_norm(nu_hat, q, dim=1)
        low, high = lower[i - 1], upper[i - 1]
        crossing = (low < 0) & (high > 0)
        width = torch.where(crossing, high - low, 1)
        piece = torch.where(low >= 0, 1.0, slope).to(x)
        D = torch.where(crossing, (high - slope * low) / width, piece)
        height = torch.where(crossing, (slope - 1) * high * low / width, 0)  # of the chord above the line below
        J = J - (nu_hat.clamp(min=0) * height).sum(1)
        nu = nu_hat * D
    raise AssertionError("unreachable")
