"""A new bound or attack is one record in a table: ladder, curves, polytopes and sidebars then show it by themselves."""

from __future__ import annotations

import math

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor

from certify import METHODS, certified_radius, complete, robust_error
from certify import attacks as attacks_module
from certify.attacks.problem import Problem
from certify.bounds.methods.interval_arithmetic import Interval
from certify.perturbation.perturbation import Perturbation
from certify.perturbation.rounding import Sums
from certify.records import AttackMethod, Bound, Style
from figures.certify.robust_error import robust_error_figure
from figures.words import three_digits
from geometry.network.network import Network
from models import load_preset
from pages.certify import charts
from tests.pages.driving import opened, texts, until


class Pessimist(Interval):
    """Intervals, and a little less proved than they prove."""

    def functionals(
        self, network: Network, ball: Perturbation, weights: Tensor, offset: Tensor, sums: Sums | None = None
    ) -> Tensor:
        return super().functionals(network, ball, weights, offset, sums) - 1e-3


def stumble(problem: Problem) -> Tensor:
    """(n, input_units) points: one random step."""
    return problem.project(problem.x + problem.eps[:, None] * problem.random_steps(1))


TOY_BOUND = Bound(
    run=Pessimist(),
    title="Toy bound",
    line="Intervals, a little looser.",
    place=25,
    cost=lambda work: work.fixed,
    style=Style("#123456", "dash", "hexagon"),
)
TOY_ATTACK = AttackMethod(
    run=stumble,
    title="Toy attack",
    line="One random step.",
    place=69,
    cost=lambda work: work.fixed,
    needs_eps=True,
)


@pytest.fixture(autouse=True)
def one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a new method adds to the tables."""
    monkeypatch.setitem(METHODS, "toy-bound", TOY_BOUND)
    monkeypatch.setitem(attacks_module.ATTACKS, "toy-attack", TOY_ATTACK)


def choices(app: AppTest, key: str) -> list[str]:
    """What the pills offer whose key begins so."""
    (found,) = [each for each in app.get("button_group") if str(each.key).startswith(key)]
    return list(found.options)


@pytest.fixture(autouse=True)
def shown(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The latest of each chart that the Certify page has drawn, as JSON."""
    drawn: dict[str, str] = {}
    monkeypatch.setattr(charts, "plot", lambda figure, key, *_: drawn.update({key: figure.to_json()}))
    return drawn


def test_they_are_rungs_of_the_ladder_and_choices_in_its_sidebar(shown: dict[str, str]):
    app = opened(
        "pages/certify/page.py",
        {"data": "tight", "pin": "0.1,0.4", "p": "inf", "methods": "simplex,toy-bound,toy-attack"},
    )
    offered = choices(app, "methods")
    assert offered.index("Simplex") < offered.index("Toy bound") == offered.index("Interval") - 1
    assert offered[offered.index("FGSM") - 1] == "Toy attack"
    until(app, lambda app: any(each.key == "again" for each in app.button))
    assert not app.error
    drawn = shown["chart-ladder"]
    for record in (TOY_BOUND, TOY_ATTACK):
        assert record.title in drawn and record.line in drawn
    point = torch.tensor([[0.1, 0.4]], dtype=torch.float64)
    radius = float(certified_radius(load_preset("tight").network, point, math.inf, "toy-bound"))
    assert three_digits(radius, down=True) in drawn


def test_they_are_in_the_curves_over_a_data_set_and_in_the_table_of_attacks(shown: dict[str, str]):
    app = opened(
        "pages/certify/page.py", {"data": "tight", "show": "data", "use": "4", "curves": "toy-bound", "reach": "0.2"}
    )
    assert "Toy bound" in choices(app, "curves")
    until(app, lambda app: "points wrong" in texts(app) and "Toy attack" in str(app.dataframe[-1].value))
    assert "at most, by Toy bound" in shown["chart-robust-error"]


def test_the_curve_has_the_record_s_style():
    preset = load_preset("tight")
    x, y = preset.dataset.x[:5], preset.dataset.y[:5]
    found = complete(robust_error(preset.network, x, y, [0.0, 0.1, 0.2], math.inf, methods=("toy-bound",)))
    (line,) = [trace for trace in robust_error_figure(found, 0.1).data if trace.name == "at most, by Toy bound"]
    assert (line.line.color, line.line.dash, line.marker.symbol) == ("#123456", "dash", "hexagon")


def test_the_bound_is_drawn_around_an_adversarial_polytope():
    app = opened("pages/polytope/page.py", {"data": "tight", "pin": "0.1,0.4", "bounds": "toy-bound,interval"})
    assert choices(app, "polytope-bounds")[:3] == ["Layerwise box", "Toy bound", "Interval"]
    assert not app.error
    assert "Toy bound" in str(app.dataframe[0].value)
