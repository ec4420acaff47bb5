"""The trade-off of trained networks below the curves: clean error against certified error. A click opens a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st
import torch

from figures.images.inputs import PIXELS
from figures.provenance import origin
from figures.training.pareto import HEIGHT, Dot, pareto_csv, pareto_figure
from figures.words import NORM_SIGNS, counted
from geometry import as_network
from models import DATASETS, IMAGE_SETS, OBJECTIVES, load_network
from models.gallery import FOLDER as GALLERY
from models.presets import TRADE_OFF
from models.training.pareto import Trained, on_front, read_trained
from pages.shared.asked_state import ASKED, TOY
from pages.shared.downloads import download
from pages.shared.hand_over import Sent, hand_over
from pages.shared.in_view import plot, remade
from pages.shared.plain import complain, plain
from pages.shared.plane.data import use_data
from pages.shared.plane.network import use_network
from pages.shared.state import read
from pages.shared.theme import browser_theme
from pages.shared.to_polytope import EXPLORE, TO_POLYTOPE
from pages.shared.to_polytope import IMAGES as POLYTOPE_IMAGES
from pages.shared.to_slices import show_on_slices
from pages.train.state import PREFIX, STATE, TrainState

RUNS = Path("runs")  # where `python -m models.sweep` is told to put its networks
CHART = f"{PREFIX}trade-off-chart"
CONFIG = {"displayModeBar": False}
FRESH = 30  # seconds for which the cards that were read count: limits how often folders are read
MOST = 200  # networks in a chart: a limit on its size


@dataclass(frozen=True, eq=False)
class Group:
    """Networks whose errors were measured in the same way."""

    title: str
    networks: tuple[Trained, ...]


def trade_off() -> None:
    """The section, closed at first."""
    with st.expander("Clean against certified error", icon=":material/scatter_plot:", key=f"{PREFIX}trade-off"):
        groups = _groups(RUNS.absolute())
        name = st.selectbox(
            "Networks", list(groups), format_func=lambda name: groups[name].title, key=TrainState.front.key,
            persist_state="session", help="Those that come with the app, and those in the server's folder *runs*: "
            "`python -m models.sweep` trains a network for each of several values of an option.",
        )  # fmt: skip
        networks, title = groups[name].networks, groups[name].title
        st.caption(
            "Each dot is a trained network: a click opens it on Certify. One that no other beats in both errors lies "
            "on the line, the Pareto front. The robust error is between a dot and the end of its dotted line, the "
            "error after an attack."
        )
        dots, key = _dots(networks), f"{CHART}-{name}"
        theme = browser_theme()
        figure = partial(remade, key, (networks, theme), lambda: pareto_figure(dots, theme))
        plot(figure, key, f"Trade-off: {title}", CONFIG, partial(_click, key), HEIGHT)
        about = origin("clean and certified errors, one row per network", title, title)
        download("Errors (CSV)", lambda: pareto_csv(dots, about), "trade-off.csv", "text/csv", key=f"{PREFIX}front-csv")
        if STATE.opened is not None:
            place, STATE.opened = STATE.opened, None
            _open(networks[place])


@st.cache_resource(ttl=FRESH, show_spinner=False)
def _groups(runs: Path) -> Mapping[str, Group]:
    """All networks with errors on their cards, by how these were measured; a folder that cannot be read is left out."""
    groups: dict[str, Group] = {}
    for folder in (TRADE_OFF, GALLERY, *sorted(path for path in runs.glob("*") if path.is_dir()), runs):
        try:
            networks = read_trained(folder)
        except (ValueError, TypeError, OSError):
            continue
        for measured in dict.fromkeys(network.measured for network in networks):
            alike = tuple(network for network in networks if network.measured == measured)[:MOST]
            if len(alike) > 1 and alike[0].card.dataset.get("name") in (*DATASETS, *IMAGE_SETS):
                groups[f"{folder.name}-{len(groups)}"] = Group(_title(alike), alike)
    return groups


def _title(networks: Sequence[Trained]) -> str:
    """Such as 'moons, ‖δ‖∞ ≤ 0.1: 18 networks'."""
    robust = networks[0].card.robustness or {}
    size = f"{NORM_SIGNS[float(robust['p'])]} ≤ {float(robust['eps']):g}"
    folder = networks[0].path.parent.name
    return f"{networks[0].card.dataset['name']}, {size}: {counted(len(networks), 'network')} in {folder}"


def _dots(networks: Sequence[Trained]) -> list[Dot]:
    front = on_front([(network.clean, network.certified) for network in networks])
    return [
        Dot(network.name, _objective(network), network.clean, network.attacked, network.certified, best)
        for network, best in zip(networks, front)
    ]


def _objective(network: Trained) -> str:
    name = str(network.card.training.get("objective", ""))
    return OBJECTIVES[name].title if name in OBJECTIVES else "other"


def _click(key: str) -> None:
    points = read(key).selection.points
    if points and isinstance(points[0].get("customdata"), (list, tuple)):
        STATE.opened = int(points[0]["customdata"][0])


def _open(network: Trained) -> None:
    """Let Certify ask about this network and its data."""
    data = network.card.dataset
    name = str(data["name"])
    try:
        if name in DATASETS:
            use_network(load_network(network.path), network.name)
            use_data(name, {key: data[key] for key in ("size", "noise", "seed", "classes") if key in data})
            TO_POLYTOPE.source, ASKED.of = EXPLORE, TOY
        else:
            shape, limits = IMAGE_SETS[name].shape, (network.card.robustness or {}).get("box") or PIXELS
            module = load_network(network.path, input_shape=shape)
            converted = as_network(module, shape).detached().to(torch.float64)
            sent = Sent(converted, module, network.name, f"Trained on {plain(name)}.")
            hand_over(sent, None, name, tuple(limits))
            TO_POLYTOPE.source = POLYTOPE_IMAGES
            show_on_slices(name)
    except (ValueError, OSError) as error:
        complain(error)
        return
    st.switch_page("pages/certify/page.py")
