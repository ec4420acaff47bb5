"""Independent computations to compare with: slow, short and by another road."""

from __future__ import annotations

import math

import numpy as np
import shapely
import torch
from scipy.optimize import linprog, minimize
from torch import nn


def activation_patterns(network: nn.Sequential, x: np.ndarray) -> np.ndarray:
    """(n, units) bool by torch's own forward pass, module by module (no nested modules)."""
    signs, activations = [], torch.as_tensor(x)
    with torch.no_grad():
        for module in network:
            if isinstance(module, (nn.ReLU, nn.LeakyReLU)):
                signs.append((activations > 0).flatten(1).numpy())
            activations = module(activations)
    return np.concatenate(signs, axis=1)


def branches(network: nn.Sequential, x: np.ndarray) -> np.ndarray:
    """(n, activations) which linear branch every activation is on, by torch's own forward pass (no nested modules)."""
    found, values = [], torch.as_tensor(x)
    with torch.no_grad():
        for module in network:
            bends: list[float] = []
            match module:
                case nn.ReLU() | nn.LeakyReLU() | nn.RReLU() | nn.PReLU():
                    bends = [0.0]
                case nn.Hardtanh():
                    bends = [module.min_val, module.max_val]
                case nn.Softshrink():
                    bends = [-module.lambd, module.lambd]
                case nn.Hardsigmoid():
                    bends = [-3.0, 3.0]
            if bends:
                branch = sum((values > bend).long() for bend in bends)
                if isinstance(module, nn.PReLU):  # a slope of 1 is no bend
                    slopes = module.weight.reshape(-1, *[1] * (values.dim() - 2))
                    branch = torch.where(slopes == 1, 0, branch)
                found.append(branch.flatten(1).numpy())
            values = module(values)
    return np.concatenate(found, axis=1)


def affine_pieces(network: nn.Sequential, x: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Per layer V (units, d) and a (units,) at one point x by automatic differentiation of each pre-activation."""
    cuts = [k for k, module in enumerate(network) if isinstance(module, (nn.ReLU, nn.LeakyReLU))] + [len(network)]
    V, a = [], []
    for cut in cuts:
        head, point = network[:cut], torch.as_tensor(x)[None]
        jacobian = torch.autograd.functional.jacobian(lambda z, head=head: head(z).flatten(), point)
        rows = jacobian.flatten(1).numpy()
        with torch.no_grad():
            a.append(head(point).flatten().numpy() - rows @ np.asarray(x).ravel())
        V.append(rows)
    return V, a


def distances_by_jacobian(network: nn.Sequential, x: np.ndarray, p: float) -> tuple[float, float]:
    """d_B and d_D of one point from `affine_pieces`, every row written out."""
    V, a = affine_pieces(network, x)
    q = {1: math.inf, 2: 2, math.inf: 1}[p]
    flat = np.asarray(x).ravel()

    def nearest(normals: np.ndarray, heights: np.ndarray) -> float:
        lengths = np.linalg.norm(normals, ord=q, axis=1)
        real = lengths > 1e-12
        return float((np.abs(heights[real]) / lengths[real]).min(initial=math.inf))

    rows, constants = np.concatenate(V[:-1]), np.concatenate(a[:-1])
    logits = V[-1] @ flat + a[-1]
    c = int(logits.argmax())
    others = np.arange(len(logits)) != c
    gaps = (logits[c] - logits)[others]
    d_D = 0.0 if (gaps < 1e-13).any() else nearest((V[-1][c] - V[-1])[others], gaps)
    return nearest(rows, rows @ flat + constants), d_D


def box_distance(w: np.ndarray, b: float, x: np.ndarray, p: float, lo: np.ndarray, hi: np.ndarray) -> float:
    """min ||y - x||_p over the box with <w, y> + b = 0: a linear program for l1 and l-infinity, SLSQP for l2."""
    d, height = len(x), float(w @ x + b)
    limits = list(zip(lo - x, hi - x))
    if p == 2:
        start = linprog(np.zeros(d), A_eq=w[None], b_eq=[-height], bounds=limits)
        if start.status == 2:
            return math.inf
        found = minimize(
            lambda t: t @ t,
            start.x,
            jac=lambda t: 2 * t,
            bounds=limits,
            constraints={"type": "eq", "fun": lambda t: w @ t + height, "jac": lambda t: w},
            method="SLSQP",
            options={"ftol": 1e-15, "maxiter": 500},
        )
        return float(np.linalg.norm(found.x))
    count = d if p == 1 else 1
    spread = np.eye(d) if p == 1 else np.ones((d, 1))
    found = linprog(
        np.r_[np.zeros(d), np.ones(count)],
        A_ub=np.block([[np.eye(d), -spread], [-np.eye(d), -spread]]),
        b_ub=np.zeros(2 * d),
        A_eq=np.r_[w, np.zeros(count)][None],
        b_eq=[-height],
        bounds=limits + [(0, None)] * count,
    )
    return math.inf if found.status == 2 else float(found.fun)


def preactivation_rows(network: nn.Sequential, x: np.ndarray) -> np.ndarray:
    """(n, units) what enters every ReLU of the network, by hooks on torch's own forward pass."""
    found: list[torch.Tensor] = []
    activations = [module for module in network.modules() if isinstance(module, (nn.ReLU, nn.LeakyReLU))]
    hooks = [module.register_forward_pre_hook(lambda _, z: found.append(z[0].flatten(1))) for module in activations]
    with torch.no_grad():
        network(torch.from_numpy(x))
    for hook in hooks:
        hook.remove()
    return torch.cat(found, dim=1).numpy() if found else np.zeros((len(x), 0))


def brute_force_regions(network: nn.Sequential, window: tuple[float, float, float, float]) -> list[shapely.Polygon]:
    """The regions of an MLP on 2-D inputs by cutting every polygon by every unit with shapely, one at a time."""
    s0, s1, t0, t1 = window
    cells = [(shapely.box(s0, t0, s1, t1), np.eye(2), np.zeros(2))]
    for module in network:
        if isinstance(module, nn.Linear):
            weight = module.weight.numpy()
            bias = np.zeros(len(weight)) if module.bias is None else module.bias.numpy()
            cells = [(polygon, weight @ gradient, weight @ offset + bias) for polygon, gradient, offset in cells]
            continue
        slope = getattr(module, "negative_slope", 0.0)
        for unit in range(len(cells[0][2])):
            cells = [part for cell in cells for part in _cut_in_two(*cell, unit)]
        active = [
            (polygon, np.where(gradient @ polygon.representative_point().coords[0] + offset > 0, 1.0, slope))
            for polygon, gradient, offset in cells
        ]
        cells = [(p, on[:, None] * g, on * o) for (p, on), (_, g, o) in zip(active, cells)]
    return [polygon for polygon, _, _ in cells]


def _cut_in_two(polygon: shapely.Polygon, gradient: np.ndarray, offset: np.ndarray, unit: int) -> list:
    """The parts of a convex polygon on both sides of gradient[unit] · z + offset[unit] = 0, slivers dropped."""
    normal, height = gradient[unit], offset[unit]
    length = np.linalg.norm(normal)
    if length < 1e-12:
        return [(polygon, gradient, offset)]
    foot, along, across = -height * normal / length**2, np.array([-normal[1], normal[0]]) / length, normal / length
    far = 1e3
    side = [
        foot + far * along,
        foot - far * along,
        foot - far * along + far * across,
        foot + far * along + far * across,
    ]
    half = shapely.Polygon(side)
    parts = [polygon.intersection(half), polygon.difference(half)]
    return [(part, gradient, offset) for part in parts if part.area > 1e-13]
