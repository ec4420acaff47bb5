"""A new objective is one record in a table: Train offers it with its sliders, trains it and draws its curves."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from figures.style.palette import SLOTS
from figures.training.curves import curves_figure
from models import OBJECTIVES
from models.objectives import Progress, Terms
from models.objectives.record import ObjectiveRecord, Option
from tests.pages.driving import complaints
from tests.pages.train.driving import SMALL, captions, pressed, train


@dataclass(frozen=True)
class Decay:
    """Cross entropy, and the squares of all weights."""

    strength: float = 0.01

    def __call__(
        self, network: nn.Sequential, x: Tensor, y: Tensor, progress: Progress, random: torch.Generator
    ) -> Terms:
        squares = torch.stack([weight.square().sum() for weight in network.parameters()]).sum()
        return {"cross entropy": F.cross_entropy(network(x), y), "squares": self.strength * squares}


TOY = ObjectiveRecord(
    run=Decay,
    title="Toy objective",
    line="Keeps all weights small.",
    options=(Option("strength", "w", "strength", "Weight of the squares."),),
)


def test_it_is_a_choice_with_its_slider_and_its_curve_has_a_style(runs, monkeypatch):
    monkeypatch.setitem(OBJECTIVES, "toy", TOY)
    app = pressed(train(**SMALL, b="toy"), "step")
    assert not complaints(app)
    for slot in "abc":
        assert "Toy objective" in app.selectbox(key=f"train-{slot}").options
    assert "Keeps all weights small." in captions(app)
    app.slider(key="train-b-strength").set_value(0.05).run()
    (run,) = runs
    assert run.titles == ("Plain", "Toy objective")
    assert run.trainers[1].objective == Decay(0.05)
    lines = [
        trace for trace in curves_figure("loss", run.curves()).data if "Toy objective" in (trace.hovertemplate or "")
    ]
    assert {trace.name for trace in lines} == {"loss", "cross entropy", "squares"}
    assert {trace.line.color for trace in lines} == {SLOTS["light"][1]}
    assert len({trace.line.dash for trace in lines}) == 3
