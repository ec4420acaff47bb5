"""No page greets with an error, whichever network of the gallery it is opened with."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from certify.polytopes.inner_polytope import plane_of_attacks
from geometry import as_network, enumerate_regions
from geometry.planar.ball import ball_corners
from models import DATASETS, load_images
from models.gallery import gallery, load_shipped
from pages.polytope import eps_range
from tests.pages.driving import complaints, link_of, opened, settled, texts

SMALL = "mnist-fc1-linf-kw"
PAGES = {
    "certify": ("pages/certify/page.py", {"of": "images", "methods": "fast-lin"}, "trained"),
    "polytope": ("pages/polytope/page.py", {"from": "images"}, "trained"),
    "slices": ("pages/slices/page.py", {"second": "none"}, "first"),
}
PLANE = {
    "explore": ("app.py", {}),
    "certify": ("pages/certify/page.py", {"methods": "fast-lin", "pin": "0.1,0.2"}),
    "polytope": ("pages/polytope/page.py", {"from": "explore"}),
    "train": ("pages/train/page.py", {}),
}


def seen(page: str, network: str, **link: str) -> AppTest:
    """The page with a network of the gallery, after its first run."""
    script, asked, chooser = PAGES[page]
    return opened(script, {**asked, chooser: network, **link}, 300)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_greets_without_a_complaint(page: str):
    assert not complaints(seen(page, SMALL))


@pytest.mark.slow
@pytest.mark.parametrize("network", gallery())
@pytest.mark.parametrize("page", PAGES)
def test_no_page_greets_any_network_of_the_gallery_with_a_complaint(page: str, network: str):
    for p in ("inf", "2", "1"):
        assert not complaints(seen(page, network, p=p)), (network, p)


@pytest.mark.slow
@pytest.mark.parametrize("data", DATASETS)
@pytest.mark.parametrize("page", PLANE)
def test_no_page_greets_points_of_the_plane_with_a_complaint(page: str, data: str):
    script, link = PLANE[page]
    assert not complaints(opened(script, {**link, "data": data}))


def window_regions(network: str, eps: float, p: float) -> int:
    """How many regions the plane of attacks holds around the ball of the first digit."""
    shipped, x = load_shipped(network), load_images("mnist-5k").x[0].astype(np.float64)
    net = as_network(shipped.network, shipped.input_shape).to(torch.float64)
    with torch.no_grad():
        order = net(torch.from_numpy(x[None]))[0].argsort(descending=True).tolist()
    plane = plane_of_attacks(net, x, eps, p, (order[0], order[1]), (0.0, 1.0))
    low, high = (getattr(ball_corners(x, eps, p, plane, (0.0, 1.0)), end)(axis=0) for end in ("min", "max"))
    return len(enumerate_regions(net, (low[0], high[0], low[1], high[1]), plane))


def test_the_range_of_eps_is_such_that_its_regions_can_be_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(eps_range, "MAP_REGIONS", 300)
    app = seen("polytope", SMALL, p="inf")
    assert not complaints(app)
    largest = next(number.value for number in app.number_input if number.label == "Largest ε")
    assert largest < 0.2 and app.number_input(key="polytope-eps-field-0").value == pytest.approx(0.4 * largest)
    assert window_regions(SMALL, largest, np.inf) <= 300 < window_regions(SMALL, 0.2, np.inf)
    assert "reach" not in link_of(app)


def test_another_network_with_a_smaller_range_begins_at_an_eps_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(eps_range, "MAP_REGIONS", 300)
    app = opened("pages/polytope/page.py", {"p": "inf", "trained": SMALL, "bounds": "fast-lin"})
    before = app.number_input(key="polytope-eps-field-0").value
    app.selectbox(key="polytope-from").set_value("images")
    settled(app)
    assert not complaints(app), texts(app)
    assert app.number_input(key="polytope-eps-field-0").value < before
