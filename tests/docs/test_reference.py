"""The reference names every public name, and each has a docstring."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

import certify
import geometry
import models
import papers
from tests.docs.pages import ROOT

PACKAGES = [geometry, certify, models, papers]
DIRECTIVE = re.compile(r"^\.\. auto(?:function|class|exception|data):: (\w+)$", re.MULTILINE)
# What is relied on from outside, whatever else a package may offer.
PROMISED = {
    "geometry": {
        "Plane", "enumerate_regions", "region_at", "distances", "ball_on_plane", "adversarial_polytope", "as_network",
        "UnsupportedLayerError",
    },
    "certify": {
        "bounds", "margins", "certified_radius", "outer_polytope", "minimal_perturbation", "verify", "attack",
    },
    "models": {"load_network", "save_network", "Trainer", "fit"},
    "papers": {"EXPERIMENTS", "experiment"},
}  # fmt: skip


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_the_reference_has_every_public_name_once(package: ModuleType):
    page = (ROOT / "docs" / "reference" / f"{package.__name__}.rst").read_text(encoding="utf-8")
    assert sorted(DIRECTIVE.findall(page)) == sorted(package.__all__)


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_what_is_promised_is_public(package: ModuleType):
    assert set(package.__all__) >= PROMISED[package.__name__]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_every_public_function_and_class_has_a_docstring(package: ModuleType):
    public = {name: getattr(package, name) for name in package.__all__}
    assert not [name for name, value in public.items() if callable(value) and not (value.__doc__ or "").strip()]
