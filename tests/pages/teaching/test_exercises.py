"""The shipped exercises: each is open at first, can be solved, and says what is true."""

from __future__ import annotations

import math
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
import torch

from certify import minimal_perturbation
from geometry import Network, Plane, as_network, distances, enumerate_regions, region_at
from models import load_preset, mlp
from models.training.engine import Engine
from pages.shared.measures import PageMeasures
from pages.teaching.exercises import exercises
from pages.teaching.questions import Choice, Goal, Nearest, judge_click
from pages.teaching.steps import PAGES, Step
from pages.teaching.tour import step_link
from tests.arrangement import exact_regions
from tests.pages.driving import opened, texts

STEPS = exercises().steps
BY_TITLE = {step.title: step for step in STEPS}


def own_network(step: Step) -> tuple[Network, tuple[float, float, float, float]]:
    """The network of a link with hidden widths, and the window of its data."""
    widths = [int(width) for width in step.link["widths"].split(",")]
    module = mlp((2, *widths, 2), seed=int(step.link.get("init", "0")))
    return as_network(module, (2,)).to(torch.float64), load_preset(step.link["data"]).dataset.window


def right_answer(title: str) -> str:
    question = BY_TITLE[title].question
    assert question is not None
    assert isinstance(question.answer, Choice)
    return question.answer.options[question.answer.right]


def test_there_are_eight_and_each_has_a_hint_and_praise():
    assert len(STEPS) == 8
    for step in STEPS:
        assert step.question is not None
        assert step.question.hint
        assert step.question.praise


@pytest.mark.parametrize("number", range(1, 9), ids=lambda number: STEPS[number - 1].title)
def test_an_exercise_opens_without_complaint_and_is_not_solved_at_first(number: int):
    step = STEPS[number - 1]
    app = opened("app.py" if step.page == "explore" else PAGES[step.page].script,
                 dict(parse_qsl(urlsplit(step_link("exercises", number)).query)))  # fmt: skip
    assert not app.error
    assert not app.warning
    assert "✓ Right" not in texts(app)


def test_three_lines_make_as_many_pieces_as_the_answer_says():
    step = BY_TITLE["Three lines"]
    network, window = own_network(step)
    module = mlp((2, 3, 2), seed=0)
    assert right_answer("Three lines") == str(len(exact_regions(module, window, Plane.identity())))
    assert len(enumerate_regions(network, (-1e4, 1e4, -1e4, 1e4))) == 7, "and in the whole plane"


def test_the_lit_unit_is_of_the_second_layer_and_bends():
    step = BY_TITLE["Why is it bent?"]
    first = int(step.link["widths"].split(",")[0])
    assert int(step.link["unit"]) > first
    assert right_answer("Why is it bent?") == "those of the layer before its own"
    regions, lit = enumerate_regions(*own_network(step)), int(step.link["unit"]) - 1
    ends: dict[int, list[int]] = {}
    for edge, unit in enumerate(regions.edge_unit):
        for end in regions.edges[edge] if unit == lit else ():
            ends.setdefault(int(end), []).append(edge)
    bends = 0
    for end, met in ends.items():
        if len(met) < 2:  # at the window's border
            continue
        (a0, a1), (b0, b1) = (np.diff(regions.vertices[regions.edges[edge]], axis=0)[0] for edge in met[:2])
        if abs(a0 * b1 - a1 * b0) > 1e-6 * math.hypot(a0, a1) * math.hypot(b0, b1):
            bends += 1
            there = regions.edge_unit[(regions.edges == end).any(axis=1)]
            assert ((there >= 0) & (there < first)).any()
    assert bends


@pytest.mark.parametrize(("title", "p"), [("The nearest switch", 2), ("The nearest mistake", 2)])
def test_the_best_click_is_right_and_a_click_on_x_is_not(title: str, p):
    step = BY_TITLE[title]
    network, (s0, s1, t0, t1) = own_network(step)
    assert step.question is not None
    asked = step.question.answer
    assert isinstance(asked, Nearest)
    grid = np.stack(np.meshgrid(np.linspace(s0, s1, 701), np.linspace(t0, t1, 701)), axis=-1).reshape(-1, 2)
    here = region_at(network, np.array(asked.of))
    with torch.no_grad():
        if asked.other == "class":
            other = (network.scores(torch.from_numpy(grid)).argmax(1) != here.predicted).numpy()
        else:
            hidden = network.preactivations(torch.from_numpy(grid))[:-1]
            other = (torch.cat(hidden, 1).numpy() > 0).__ne__(here.pattern).any(1)
    away = np.linalg.norm(grid - asked.of, axis=1)
    best = grid[other][away[other].argmin()]

    def right(point: np.ndarray) -> bool:
        found = judge_click(asked, PageMeasures("explore", ({},), network, (float(point[0]), float(point[1])), p))
        assert found is not None
        return found.right

    assert right(best), "the nearest sampled point"
    assert not right(np.array(asked.of))
    assert not right(grid[other][away[other].argmax()])


def test_what_is_said_of_disc_and_square_is_true():
    step = BY_TITLE["Disc and square"]
    pin = np.array([[float(part) for part in step.link["pin"].split(",")]])
    network = load_preset("tight").network
    assert minimal_perturbation(network, pin, math.inf)[0].lower > 0.1
    assert minimal_perturbation(network, pin, 2)[0].lower >= minimal_perturbation(network, pin, math.inf)[0].lower
    assert right_answer("Disc and square") == "Yes"


def test_there_is_a_point_whose_region_is_enough():
    network, data = load_preset("circles").network, load_preset("circles").dataset
    s0, s1, t0, t1 = data.window
    grid = np.stack(np.meshgrid(np.linspace(s0, s1, 200), np.linspace(t0, t1, 200)), axis=-1).reshape(-1, 2)
    found = distances(network, grid, 2)
    share = (found.d_D <= found.d_B).mean()
    assert share > 0.02, "a student can find one"


def test_a_small_network_learns_the_circles():
    step = BY_TITLE["Small and right"]
    assert step.question is not None
    assert isinstance(step.question.answer, Goal)
    app = opened("pages/explore/page.py", {**step.link, "widths": "4", "steps": "2000"})
    assert step.question.answer.reached(app.session_state["measures-shown"])


@pytest.mark.slow
def test_kw_proves_all_twelve():
    step = BY_TITLE["All twelve proved"]
    data = load_preset("kw").dataset
    widths = [int(width) for width in step.link["widths"].split(",")]
    module = mlp((2, *widths, 2), seed=0)
    engine = Engine(
        module, data.x, data.y, "kw", epochs=int(step.link["steps"]), batch_size=12, lr=float(step.link["lr"]), seed=0,
        device="cpu", eps=float(step.link["eps"]), p=math.inf,
    )  # fmt: skip
    engine.run(int(step.link["steps"]))
    network = as_network(engine.network.eval(), (2,)).detached().to(torch.float64)
    radii = [each.lower for each in minimal_perturbation(network, data.x, math.inf, labels=data.y)]
    assert min(radii) >= float(step.link["eps"])
