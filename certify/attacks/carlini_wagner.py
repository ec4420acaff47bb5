"""The l2 attack of Carlini & Wagner (2017), untargeted: min ||z - x||² + c · [margin]₊ with a search over c."""

from __future__ import annotations

import torch
from torch import Tensor

from certify.attacks.problem import Problem
from certify.records import AttackMethod
from geometry.computation.cancellation import check_cancelled

FIRST_C, LARGEST_C = 1e-2, 1e10  # limits of the search over c
WALL = 1 - 1e-2  # share of the box within which the change of variables starts: at its sides tanh is flat


def carlini_wagner(problem: Problem, *, steps: int = 200, searches: int = 9, rate: float = 0.02) -> Tensor:
    """(n, input_units) points, each the nearest adversarial iterate of all searches; x where there was none.

    Per point c grows tenfold until an attack succeeds and is then bisected, `searches` times in all; each time Adam
    takes `steps` steps with learning rate `rate`. Where both sides of the box are finite, z = middle + half · tanh(w)
    keeps it there; other coordinates are free, and clipped.
    """
    if problem.p != 2:
        raise ValueError(f"the attack 'cw' measures in l2, got p = {problem.p}")
    below = torch.zeros(len(problem.x), 1, dtype=problem.x.dtype, device=problem.x.device)
    above, c = torch.full_like(below, LARGEST_C), torch.full_like(below, FIRST_C)
    best, best_distance = problem.x.clone(), torch.full_like(below, torch.inf)
    for _ in range(searches):
        won = _minimise(problem, c, steps, rate, best, best_distance)
        below, above = below.where(won, c), c.where(won, above)
        c = torch.where(above < LARGEST_C, (below + above) / 2, c * 10)
    return problem.shortened(best)


def _minimise(problem: Problem, c: Tensor, steps: int, rate: float, best: Tensor, best_distance: Tensor) -> Tensor:
    """One search at fixed c (n, 1). Updates `best` and `best_distance` in place; (n, 1) whether it succeeded."""
    walled = torch.isfinite(problem.low) & torch.isfinite(problem.high) & (problem.high > problem.low)
    middle = torch.where(walled, (problem.low + problem.high) / 2, 0)
    half = torch.where(walled, (problem.high - problem.low) / 2, 1)
    inner = ((problem.x - middle) / half * WALL).clamp(-WALL, WALL)
    w = torch.where(walled, inner.atanh(), problem.x).requires_grad_()
    optimizer = torch.optim.Adam([w], lr=rate)
    won = torch.zeros_like(c, dtype=torch.bool)
    with torch.enable_grad():
        for _ in range(steps):
            check_cancelled()
            z = torch.where(walled, middle + half * w.tanh(), w).clamp(problem.low, problem.high)
            squared = ((z - problem.x) ** 2).sum(dim=1, keepdim=True)
            margins = problem.margins(z)[:, None]
            optimizer.zero_grad()
            w.grad = torch.autograd.grad((squared + c * margins.clamp(min=0)).sum(), w)[0]
            optimizer.step()
            with torch.no_grad():
                lost = problem.adversarial(z)[:, None]
                nearer = lost & (squared < best_distance**2)
                best.copy_(z.where(nearer, best))
                best_distance.copy_(squared.sqrt().where(nearer, best_distance))
                won |= lost
    return won


CARLINI_WAGNER = AttackMethod(
    run=carlini_wagner,
    title="Carlini–Wagner",
    line="Carlini and Wagner: distance and margin minimised together.",
    place=110,
    cost=lambda work: 9 * 200 * (3 * work.step + 3 * work.forward),
    norms=(2,),
    needs_eps=False,
)
