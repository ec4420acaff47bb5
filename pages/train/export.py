"""Taking things away: the film, the curves, the networks, the pictures; and sending a network to the other pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from figures.curves import curves_csv
from figures.film import Shot, film_gif, film_picture, film_pngs
from figures.overlays import ViewOptions
from figures.palette import Theme
from figures.svg import region_svg
from figures.words import sentence, thousands
from geometry.cancel import Cancelled
from models import network_bytes
from pages.certify.worker import Worker
from pages.explore.network import use_network
from pages.polytope.send import EXPLORE, SOURCE
from pages.train.look import Look, pin_now
from pages.train.pictures import Moment, moment_of
from pages.train.reel import current_reel
from pages.train.run import Run
from pages.train.setup import Setup
from pages.train.subject import DATA

PICTURES = 40  # of a film
FOLLOW = 0.5
FILM = "train-film-run"


def export_controls(run: Run, setup: Setup, look: Look) -> None:
    """A popover with everything to download; what takes long is made only when asked for."""
    with st.popover("Export", icon=":material/download:", width="stretch"):
        st.fragment(_film)(run, setup, look)
        _download("Curves (CSV)", "curves.csv", lambda: curves_csv(run.curves()), "text/csv")
        for slot, title in enumerate(run.titles):
            name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
            _download(f"{title}: network (safetensors)", f"{name}.safetensors", _network_of(run, slot))
            _download(f"{title}: picture (SVG)", f"{name}.svg", _svg_of(run, slot, setup, look), "image/svg+xml")
        st.caption("PNG: the arrow in a picture's upper left corner; and the camera over a curve.")
    if setup.subject.dataset is not None:
        _send(run, setup)


def _send(run: Run, setup: Setup) -> None:
    """The network on screen to the pages that ask about one."""
    title = st.selectbox("Send a network to", run.titles, key="train-send", label_visibility="collapsed")
    slot = run.titles.index(title) if title in run.titles else 0
    pages = (
        ("Explore", "explore", "pages/explore/page.py"),
        ("Certify", "verified_user", "pages/certify/page.py"),
        ("Polytope", "pentagon", "pages/polytope/page.py"),
    )
    for column, (label, icon, page) in zip(st.columns(len(pages)), pages):
        if column.button(
            label, icon=f":material/{icon}:", key=f"train-to-{label}", width="stretch",
            help="Opens that page with this network, as it is now, and these points.",
        ):  # fmt: skip
            snapshot = run.shown(current_reel().at)[slot]
            network = run.trainers[slot].network(snapshot)
            use_network(network, f"{run.id}-{slot}-{snapshot.step}", f"{title}, {thousands(snapshot.step)} steps")
            st.session_state["data"] = st.session_state[DATA]
            st.session_state[SOURCE] = EXPLORE  # what Polytope asks about
            st.switch_page(page)


def _download(label: str, name: str, data: Callable[[], Any], mime: str = "application/octet-stream") -> None:
    st.download_button(label, data, name, mime, on_click="ignore", width="stretch", key=f"train-{name}")


def _network_of(run: Run, slot: int) -> Callable[[], bytes]:
    return lambda: network_bytes(run.trainers[slot].network(run.shown(current_reel().at)[slot]))


def _svg_of(run: Run, slot: int, setup: Setup, look: Look) -> Callable[[], str]:
    theme, at, pin = _theme(), current_reel().at, pin_now()

    def draw() -> str:
        moment = run.album.moment(run.trainers[slot], run.shown(at)[slot], setup)
        return region_svg(moment.frame, moment.overlays(pin, look.boxes), _options(moment, look), theme=theme)

    return draw


def _film(run: Run, setup: Setup, look: Look) -> None:
    """Make the film in the background, then offer it."""
    worker: Worker[Any] | None = st.session_state.get(FILM)
    if worker is None or not worker.busy:
        ready = worker is not None and "film" in worker.found
        if st.button(
            "Film again" if ready else "Make a film",
            icon=":material/movie:",
            width="stretch",
            key="train-make-film",
            help="Training from its beginning, all objectives beside each other.",
        ):
            number = st.session_state["train-films"] = st.session_state.get("train-films", 0) + 1
            st.session_state[FILM] = _worker(f"{run.id}-{number}", run, setup, look, _theme())
            st.rerun(scope="fragment")
    if worker is not None:
        st.fragment(_film_progress, run_every=FOLLOW if worker.busy else None)(worker, worker.busy)


def _film_progress(worker: Worker[Any], was_busy: bool) -> None:
    if worker.busy:
        done, total = worker.found.get("progress", (0, 1))
        st.progress(done / total, f"Drawing picture {done} of {total}")
        st.button("Stop", key="train-stop-film", on_click=worker.stop, width="stretch")
    elif worker.message:
        st.error(sentence(worker.message), icon=":material/error:")
    elif "film" in worker.found:
        gif, pngs = worker.found["film"]
        _download("Film (GIF)", "training.gif", lambda: gif, "image/gif")
        _download("Film (PNG sequence, ZIP)", "training-pictures.zip", lambda: pngs, "application/zip")
    if was_busy and not worker.busy:
        st.rerun()


@st.cache_resource(scope="session", max_entries=1, show_spinner=False, on_release=lambda worker: worker.stop())
def _worker(key: str, _run: Run, _setup: Setup, _look: Look, _theme: Theme) -> Worker[Any]:
    """The session's one film."""
    return Worker(film_steps(_run, _setup, _look, _theme))


def film_steps(run: Run, setup: Setup, look: Look, theme: Theme) -> Callable[[Cancelled], Iterator[tuple[str, Any]]]:
    """Draw up to PICTURES moments, evenly spread; ("progress", (done, total)), in the end ("film", (gif, zip))."""

    def steps(cancelled: Cancelled) -> Iterator[tuple[str, Any]]:
        at = run.steps
        chosen = np.unique(np.linspace(0, len(at) - 1, min(PICTURES, len(at))).round().astype(int))
        pictures: list[Image.Image] = []
        for index in chosen:
            if cancelled():
                return
            yield "progress", (len(pictures), len(chosen))
            pictures.append(_picture(run, setup, look, theme, at[index]))
        yield "film", (film_gif(pictures), film_pngs(pictures))

    return steps


def _picture(run: Run, setup: Setup, look: Look, theme: Theme, step: int) -> Image.Image:
    shots = []
    for title, trainer, snapshot in zip(run.titles, run.trainers, run.shown(step)):
        moment = moment_of(trainer, snapshot, setup)
        note = f"{thousands(len(moment.regions))} regions, error {100 * moment.error:.1f} %"
        shots.append(Shot(title, note, moment.frame, moment.overlays(None, look.boxes), _options(moment, look)))
    return film_picture(shots, f"step {thousands(step)}", theme)


def _options(moment: Moment, look: Look) -> ViewOptions:
    return ViewOptions(
        fill=look.fill,
        norm=moment.p,
        show_boundary=look.boundary,
        show_points=look.points,
        colour_blind=look.colour_blind,
    )


def _theme() -> Theme:
    return "dark" if st.context.theme.type == "dark" else "light"
