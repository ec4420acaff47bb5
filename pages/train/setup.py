"""The setup of a training: data, network, objectives and options, and which of them may change during training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import streamlit as st
from torch import nn

from figures.words import GLOSSARY
from geometry.content import content_key
from geometry.norms import Norm
from models import image_mlp, mlp, parse_widths
from models.training.devices import AUTO, devices, torch_device
from models.training.recipes import ARCHITECTURES
from pages.shared.linked_controls import Linked
from pages.shared.plain import complain
from pages.shared.plane.state import UNITS, UNITS_HELP
from pages.shared.view_options import norm_control
from pages.train.objectives import ChosenObjective, Common, objective_controls
from pages.train.presets import FIGURE_2, FIGURE_2_EPS, preset_controls
from pages.train.state import PREFIX, STATE
from pages.train.training_data import TrainingData, training_data_controls

OWN = "mlp"
NETWORKS = {OWN: "Own widths", "fc1": "FC1, 1024 units", "fc10": "FC10, ten hidden layers", "cnn": "Small CNN"}
STOPS = {"steps": "Steps", "seconds": "Seconds", "error": "Error"}
PACES = {"1": "1/s", "5": "5/s", "20": "20/s", "100": "100/s", "full": "as fast as it can"}
MOST_STEPS = 1_000_000
DROP = 0.9  # of training, as in MMR App. B.1


@dataclass(frozen=True)
class Stop:
    """When training stops: at the last step, or earlier after some seconds or at a small error."""

    steps: int
    seconds: float | None
    error: float | None  # of every objective


@dataclass(frozen=True, eq=False)
class Setup:
    """All options of a training."""

    data: TrainingData
    network: nn.Sequential
    title: str  # of the network
    objectives: tuple[ChosenObjective, ...]
    p: Norm
    eps: float  # of the boxes, the measures, and every objective that has one
    lr: float
    lr_drop: float | None
    batch: int
    seed: int
    device: str  # a name in `models.training.devices.devices()`
    stop: Stop
    pace: float | None  # steps a second
    key: str  # of all that cannot change during training
    link: dict[str, str | None]


def setup_controls() -> Setup | None:
    """The sidebar's controls. Returns None, and shows the reason there, while something is missing."""
    presets = st.container()
    try:
        return _setup(training_data_controls())
    finally:
        with presets:
            preset_controls()


def _setup(data: TrainingData | None) -> Setup | None:
    if data is None:
        return None
    linked = Linked(PREFIX)
    try:
        network, title = _network(linked, data)
    except ValueError as error:
        complain(error)
        return None
    st.markdown("**Perturbations**", help=GLOSSARY["d_B"])
    p, norm_link = norm_control()
    reach = 0.5 if data.dataset is not None else 2.0 if p == 2 else 0.5
    eps = linked.number(
        "ε", "eps", reach / 100, reach, default_eps(data, p), slider=True, step=reach / 100, format="%.3g",
        help="Radius of the balls around the data points, and of what objectives and measures count with.",
    )  # fmt: skip
    st.markdown("**Objectives**", help="Side by side from the same initial weights and the same batches.")
    fixed = {} if data.box is None else {"box": data.box}
    chosen, objective_links = objective_controls(Common(p, eps, fixed, _usual(data)))
    lr, drop, batch, seed, stop, pace, device = _numbers(linked, data)
    names = [objective.name for objective in chosen]
    return Setup(
        data=data,
        network=network,
        title=title,
        objectives=chosen,
        p=p,
        eps=eps,
        lr=lr,
        lr_drop=drop,
        batch=batch,
        seed=seed,
        device=device,
        stop=stop,
        pace=pace,
        key=content_key(data.key, title, linked.parts["init"], names, drop, batch, seed, device),
        link={**data.link, **norm_link, **objective_links.parts, **linked.parts},
    )


def default_eps(data: TrainingData, p: Norm) -> float:
    """For points a sixtieth of the window, which is visible; for images the radii of MMR, in l1 0.5, the largest."""
    if data.dataset is None:
        return {math.inf: 0.1, 2: 0.3, 1: 0.5}[p]
    if data.dataset.name == "mmr":
        return FIGURE_2_EPS
    s0, s1, _, _ = data.window
    return float(f"{(s1 - s0) / 60:.1g}")


def _usual(data: TrainingData) -> dict[str, float]:
    """MMR's options for points of the plane: half of the units are pushed far away, which is visible."""
    if data.dataset is None:
        return {}
    if data.dataset.name == "mmr":
        return FIGURE_2
    s0, s1, _, _ = data.window
    far = float(f"{(s1 - s0) / 2.8:.1g}")
    return {"gamma-B": far, "gamma-D": far / 10, "k": 0.5}


def new_weights() -> None:
    """Draw other initial weights."""
    STATE.init += 1


def _network(linked: Linked, data: TrainingData) -> tuple[nn.Sequential, str]:
    images = data.dataset is None
    kind = linked.choice("Network", "network", NETWORKS, OWN) if images else OWN
    if kind != OWN:
        seed = linked.whole("Initial weights", "init", 0, 10**6, 0, help="Another number, other weights.")
        return ARCHITECTURES[kind](seed, data.shape, data.classes), NETWORKS[kind]
    text = linked.text(
        "Hidden widths", "widths", "100", help="Units per hidden layer, first to last, such as 100, or 32, 32."
    )
    left, right = st.columns(2)
    with left:
        units = linked.choice("Units", "units", {name: name for name in UNITS}, "ReLU", help=UNITS_HELP)
    with right:
        seed = linked.whole("Initial weights", "init", 0, 10**6, 0, help="Another number, other weights.")
    activation, hidden = UNITS[units], parse_widths(text)
    widths = (*data.shape, *hidden, data.classes)
    if images:
        return image_mlp(hidden, data.shape, data.classes, activation, seed), f"{hidden}, {units}"
    return mlp(widths, activation, seed), f"{'-'.join(map(str, widths))}, {units}"


def _numbers(linked: Linked, data: TrainingData) -> tuple[float, float | None, int, int, Stop, float | None, str]:
    st.markdown("**Training**")
    lr = linked.number(
        "Learning rate", "lr", 1e-5, 1.0, 0.01 if data.dataset is not None else 1e-3, format="%.4g", step=0.001,
        help="Of Adam. Also while it trains.",
    )  # fmt: skip
    pace = linked.stops("Steps a second", "speed", PACES, "full", help="Slow to see every step, full to get there.")
    device = _device(linked)
    with st.expander("When to stop, batch size, order of the points", icon=":material/tune:"):
        kind = linked.choice("Stop after", "stop", STOPS, "steps", row=True)
        steps = linked.whole(
            "Steps at most", "steps", 10, MOST_STEPS, 6000, step=500, help="Schedules stretch over them."
        )
        seconds = linked.number("Seconds", "seconds", 1.0, 86_400.0, 60.0, step=10.0) if kind == "seconds" else None
        error = None
        if kind == "error":
            error = linked.number("Error in %", "until", 0.0, 100.0, 0.0, step=1.0, help="Of every objective.") / 100
        falls = linked.toggle("Learning rate ÷ 10 for the last tenth", "drop", True)
        batch = linked.whole("Batch size", "batch", 1, 4096, 128)
        seed = linked.whole("Random order of the points", "order", 0, 10**6, 0)
    drop = DROP if falls else None
    return lr, drop, batch, seed, Stop(steps, seconds, error), None if pace == "full" else float(pace), device


def _device(linked: Linked) -> str:
    """The device for training. It is the same for all objectives, so that they are comparable."""
    available = devices()
    offered = {AUTO: f"Automatic: {available[str(torch_device(AUTO))]}", **available}
    chosen = linked.choice(
        "Train on the device", "device", offered, AUTO,
        help="Of the machine that serves this page. Pictures and certificates are computed on its CPU, in float64. "
        "Another device rounds otherwise, so that a training begins anew on it.",
    )  # fmt: skip
    return str(torch_device(chosen))


def options_of(chosen: ChosenObjective) -> dict[str, Any]:
    """All options of an objective, for a new trainer."""
    return {**chosen.fixed, **chosen.live}
