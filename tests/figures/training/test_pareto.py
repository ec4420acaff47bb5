"""The trade-off's figure has every network, and its front every one that no other dominates."""

from __future__ import annotations

from figures.training.pareto import Dot, pareto_csv, pareto_figure
from tests.tables import read_table

DOTS = [
    Dot("λ = 1", "MMR", 0.02, 0.2, 0.3, True),
    Dot("λ = 2", "MMR", 0.03, 0.25, 0.4, False),
    Dot("ε = .1", "KW", 0.05, 0.1, 0.12, True),
]


def test_every_network_is_a_dot_that_knows_its_place() -> None:
    figure = pareto_figure(DOTS)
    found = {
        place: (x, y, trace.name)
        for trace in figure.data
        if trace.mode == "markers"
        for x, y, (place, _, _) in zip(trace.x, trace.y, trace.customdata)
    }
    assert found == {place: (100 * dot.clean, 100 * dot.certified, dot.group) for place, dot in enumerate(DOTS)}


def test_the_front_steps_down_through_its_networks_alone() -> None:
    (front,) = [trace for trace in pareto_figure(DOTS).data if trace.name == "front"]
    assert list(zip(front.x, front.y)) == [(2, 30), (5, 12)]
    assert front.line.shape == "hv"


def test_a_line_leads_from_each_network_to_its_error_after_an_attack() -> None:
    (gaps,) = [trace for trace in pareto_figure(DOTS).data if trace.name == "attacked"]
    assert list(zip(gaps.x[::3], gaps.y[::3], gaps.y[1::3])) == [(2, 30, 20), (3, 40, 25), (5, 12, 10)]


def test_the_csv_reads_back() -> None:
    about, rows = read_table(pareto_csv(DOTS, {"eps": "0.1"}))
    assert about == {"eps": "0.1"}
    assert [(row["network"], float(row["not proved"])) for row in rows] == [(dot.title, dot.certified) for dot in DOTS]
