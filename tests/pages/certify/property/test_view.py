"""A property on Certify: what is asked, the verdict, and the exact picture of its box."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn

from certify.properties.decision import decide_property
from certify.properties.vnnlib import read_vnnlib
from geometry import as_network
from geometry.regions.class_areas import class_areas
from geometry.regions.enumerate import enumerate_regions
from models import network_bytes
from models.vectors.properties import SHIPPED_PROPERTIES
from pages.certify.property.picture import flat_box
from pages.certify.property.question import AskedNetwork, AskedProperty
from tests.pages.driving import complaints, opened, settled, texts, until

PAGE = "pages/certify/page.py"
SUM = """
(declare-const X_0 Real)
(declare-const X_1 Real)
(declare-const Y_0 Real)
(assert (>= X_0 -1.0)) (assert (<= X_0 3.0)) (assert (>= X_1 0.0)) (assert (<= X_1 1.0))
(assert (>= Y_0 {limit}))
"""


def total() -> nn.Sequential:
    """f(x) = |x_0 + x_1|."""
    network = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)).eval().requires_grad_(False)
    network[0].weight.copy_(torch.tensor([[1.0, 1.0], [-1.0, -1.0]]))
    network[2].weight.fill_(1)
    for layer in (network[0], network[2]):
        layer.bias.zero_()
    return network


def asked(limit: str) -> AskedProperty:
    network = as_network(total(), (2,)).to(torch.float64)
    names = AskedNetwork(network, (2,), "sum", ("X_0", "X_1"), ("Y_0",), "")
    return AskedProperty(names, read_vnnlib(SUM.format(limit=limit).encode()), "p", "", 10.0)


@pytest.mark.parametrize(("limit", "share"), [("3.0", 1 / 8), ("4.5", 0.0), ("0.0", 1.0)])
def test_the_picture_shows_the_exact_share_of_the_box_that_violates(limit: str, share: float) -> None:
    """|s + t| >= 3 on [-1, 3] x [0, 1] is the triangle above s + t = 3, of area 1/2 of 4."""
    flat = flat_box(asked(limit), None)
    assert flat is not None
    areas = class_areas(enumerate_regions(flat.network, flat.window, flat.plane))
    assert np.isclose(areas[1] / areas.sum(), share, atol=1e-9)


def test_axes_show_the_inputs_themselves() -> None:
    flat = flat_box(asked("3.0"), None)
    assert flat is not None
    ends = [scale[0] + scale[1] * end for scale, end in zip((*flat.scales[:1] * 2, *flat.scales[1:] * 2), flat.window)]
    assert ends == [-1, 3, 0, 1]


def decided(**link: str) -> AppTest:
    app = opened(PAGE, {"of": "property", **link})
    until(app, lambda app: any(button.key == "property-again" for button in app.button))
    return app


@pytest.mark.parametrize(
    ("name", "said"),
    [("plane", "The property holds."), pytest.param("wide", "The property is violated.", marks=pytest.mark.slow)],
)
def test_the_shipped_properties_are_decided_at_once(name: str, said: str) -> None:
    app = decided(prop=name)
    assert said in texts(app) and SHIPPED_PROPERTIES[name].says in texts(app)
    assert "rho [ft]" in texts(app) and "Y_0 ≥ Y_1" in texts(app)
    assert not complaints(app)


def test_a_network_and_a_property_of_ones_own() -> None:
    app = opened(PAGE, {"of": "property", "net": "file"})
    app.file_uploader(key="certify-property-network").upload("sum.safetensors", network_bytes(total()))
    app.file_uploader(key="property-file").upload("p.vnnlib", SUM.format(limit="4.5").encode())
    settled(app)
    until(app, lambda app: any(button.key == "property-again" for button in app.button))
    assert "The property holds." in texts(app) and "Y_0 ≥ 4.5" in texts(app)


@pytest.mark.parametrize(
    ("text", "said"),
    [("(assert (", "Line 1"), (SUM.format(limit="4.5").replace("Y_0", "Z_0"), "Z_0"), ("<b>no</b>", "Line 1")],
)
def test_a_file_that_is_no_property_is_refused_in_words(text: str, said: str) -> None:
    app = opened(PAGE, {"of": "property", "prop": "file"})
    settled(app.file_uploader(key="property-file").upload("p.vnnlib", text.encode()).run())
    assert said in complaints(app)


def test_a_property_for_other_inputs_says_so() -> None:
    app = opened(PAGE, {"of": "property", "prop": "file"})
    app.file_uploader(key="property-file").upload("p.vnnlib", SUM.format(limit="4.5").encode())
    settled(app)
    until(app, lambda app: "The network has 5 inputs and 5 outputs, and the property is for 2 and 1" in complaints(app))


def test_a_property_is_about_the_files_own_outputs() -> None:
    """No choice of what the outputs mean: it would put other outputs in the place of Y_0, Y_1, ..."""
    app = opened(PAGE, {"of": "property", "net": "file"})
    app.file_uploader(key="certify-property-network").upload("sum.safetensors", network_bytes(total()))
    settled(app)
    assert "Its outputs are" not in [box.label for box in app.selectbox]


@pytest.mark.parametrize("change", [("Y_0 4.5", "Y_0 1e400"), ("X_0 3.0", "X_0 1e400")])
def test_a_number_beyond_float64_is_a_sentence_and_no_exception(change: tuple[str, str]) -> None:
    app = opened(PAGE, {"of": "property", "net": "file"})
    app.file_uploader(key="certify-property-network").upload("sum.safetensors", network_bytes(total()))
    app.file_uploader(key="property-file").upload("p.vnnlib", SUM.format(limit="4.5").replace(*change).encode())
    settled(app)
    until(app, lambda app: "beyond the range of float64" in complaints(app))
    assert not app.exception and "1e+400" in texts(app)


def test_of_several_boxes_the_picture_is_that_of_the_violation() -> None:
    """f = |x_0 + x_1| >= 3: the first box has no such input, the second one has."""
    box = "(and (>= X_0 {a}) (<= X_0 {b}) (>= X_1 0.0) (<= X_1 1.0) (>= Y_0 3.0))"
    text = SUM.partition("(assert")[0] + f"(assert (or {box.format(a=0.0, b=1.0)} {box.format(a=2.5, b=4.0)}))"
    about = replace(asked("3.0"), prop=read_vnnlib(text.encode()))
    decision = decide_property(about.asked.network, about.prop, (2,))
    assert decision.status == "violated"
    first, drawn = flat_box(about, None), flat_box(about, decision)
    assert first is not None and drawn is not None and first.box == about.prop.cases[0].box
    assert drawn.box == about.prop.cases[1].box
