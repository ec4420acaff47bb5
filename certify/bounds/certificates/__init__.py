"""Certified radii in closed form: their table of names, with a record of each."""

from __future__ import annotations

import torch
from torch import Tensor

from certify.bounds.certificates.decision_boundary import DECISION_BOUNDARY
from certify.bounds.certificates.neighbouring_regions import NEIGHBOURING_REGIONS
from certify.perturbation.points import Points
from certify.records import Certificate, Style
from geometry.distances.simplex_certificate import simplex_certificate
from geometry.distances.theorem31 import theorem_3_1
from geometry.norms import Array


def check_certificate(method: str, points: Points) -> None:
    """A ValueError unless the certificate is for the points' network and norm."""
    chosen = CERTIFICATES[method]
    if points.p not in chosen.norms or not chosen.fits(points.exact):
        layers = len(points.exact.layers)
        raise ValueError(f"{method} is for {chosen.scope}, got {layers} layers, p = {points.p}")


def _simplex(points: Points) -> Tensor:
    """min(d_B, d_D) of Singla & Feizi (2019, §4.1)."""
    return torch.from_numpy(simplex_certificate(points.exact, points.images, points.p, points.box))


def _witness(points: Points) -> Array | None:
    return theorem_3_1(points.exact, points.images[0], points.p, points.box).witness


CERTIFICATES: dict[str, Certificate] = {
    "simplex": Certificate(
        run=_simplex,
        title="Simplex",
        line="Within this linear region: how far no unit switches and the class stays.",
        place=10,
        cost=lambda work: 10 * work.fixed + work.inputs * work.forward / 100,
        style=Style("#A3C76D", "dashdot", "triangle-up-open"),
        witness=_witness,
    ),
    "neighbouring-regions": NEIGHBOURING_REGIONS,
    "decision-boundary": DECISION_BOUNDARY,
}
