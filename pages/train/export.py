"""Downloads of film, curves, networks and pictures, and the transfer of a network to the other pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
import streamlit as st
import torch
from PIL import Image
from torch import nn

from figures.images.inputs import PIXELS
from figures.style.palette import Theme
from figures.svg.region_svg import region_svg
from figures.training.curves import curves_csv
from figures.training.film import Shot, film_picture, kept_colours
from figures.training.film_files import film_gif, film_mp4, film_pngs
from figures.words import counted, sentence, thousands
from geometry import as_network
from geometry.computation.cancellation import Cancelled
from models import network_bytes
from pages.shared.asked_state import ASKED, TOY
from pages.shared.background.sessions import session_resource
from pages.shared.background.worker import Worker
from pages.shared.downloads import download
from pages.shared.hand_over import Sent, hand_over
from pages.shared.plain import plain
from pages.shared.plane.network import use_network
from pages.shared.plane.state import PLANE as EXPLORED
from pages.shared.theme import browser_theme
from pages.shared.to_polytope import EXPLORE, TO_POLYTOPE
from pages.shared.to_polytope import IMAGES as POLYTOPE_IMAGES
from pages.shared.to_slices import show_on_slices
from pages.train.pictures import Moment, moment_of
from pages.train.provenance import about_curves, about_picture
from pages.train.reel import current_reel
from pages.train.run import Run
from pages.train.setup import Setup
from pages.train.state import STATE, FilmItem
from pages.train.view_options import ViewControls, pin_now, still_options
from pages.train.web_page import Film, page_now

PICTURES = 40  # of a film; limits its time and size
FOLLOW = 0.5  # seconds between drawings of the progress bar
Download: TypeAlias = str | bytes


def export_controls(run: Run, setup: Setup, controls: ViewControls) -> None:
    """A popover with all downloads. Those that take long are made only on request."""
    with st.popover("Export", icon=":material/download:", width="stretch", key="train-export"):
        st.fragment(_film)(run, setup, controls)
        pin = pin_now()
        download(
            "Save as web page", lambda: page_now(run, setup, controls, pin), "regions.html", "text/html",
            key="train-web-page",
            help="The pictures on screen in one file that opens in any browser, without a network: zoom, read regions, "
            "pin points with d_B and d_D. A film is saved so, too, once it is made.",
        )  # fmt: skip
        _download("Curves (CSV)", "curves.csv", lambda: curves_csv(run.curves(), about_curves(run, setup)), "text/csv")
        for slot, title in enumerate(run.titles):
            name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
            _download(f"{title}: network (safetensors)", f"{name}.safetensors", _network_of(run, slot))
            _download(f"{title}: picture (SVG)", f"{name}.svg", _svg_of(run, slot, setup, controls), "image/svg+xml")
        st.caption("PNG: the arrow in a picture's upper left corner saves what you see.")
    _send(run, setup)


def _send(run: Run, setup: Setup) -> None:
    """Buttons that send the network on screen to the other pages."""
    title = st.selectbox("Send a network to", run.titles, key="train-send", label_visibility="collapsed")
    slot = run.titles.index(title) if title in run.titles else 0
    images = setup.data.images is not None
    pages = (
        ("Slices", "blur_on", "pages/slices/page.py") if images else ("Explore", "explore", "pages/explore/page.py"),
        ("Certify", "verified_user", "pages/certify/page.py"),
        ("Polytope", "pentagon", "pages/polytope/page.py"),
    )
    data = "images" if images else "points"
    column = st.container(gap="xsmall")
    for label, icon, page in pages:
        column.button(
            label, icon=f":material/{icon}:", key=f"train-to-{label}", width="stretch",
            help=f"Opens that page with this network, as it is now, and these {data}.",
            on_click=_open, args=(page, run, setup, slot),
        )  # fmt: skip


def _open(page: str, run: Run, setup: Setup, slot: int) -> None:
    """Open that page with the network on screen."""
    snapshot = run.shown(current_reel().at)[slot]
    network = run.trainers[slot].network(snapshot)
    name = f"{run.titles[slot]}, {counted(snapshot.step, 'step')}"
    if setup.data.images is not None:
        _send_images_network(network, name, setup)
    else:
        use_network(network, name)
        EXPLORED.data = STATE.data
        TO_POLYTOPE.source, ASKED.of = EXPLORE, TOY
        if (pin := pin_now()) is not None:
            EXPLORED.pin = pin
    st.switch_page(page)


def _send_images_network(network: nn.Sequential, title: str, setup: Setup) -> None:
    """Make it, and the image set it was trained on, what Slices, Certify and Polytope are about."""
    data = setup.data
    module = network.eval()
    converted = as_network(module, data.shape).detached().to(torch.float64)
    sent = Sent(converted, module, title, f"Trained on {plain(data.title)}.")
    hand_over(sent, None, data.set_name, data.box or PIXELS)
    TO_POLYTOPE.source = POLYTOPE_IMAGES
    show_on_slices(data.set_name)


def _download(label: str, name: str, data: Callable[[], Download], mime: str = "application/octet-stream") -> None:
    download(label, data, name, mime, key=f"train-{name}")


def _network_of(run: Run, slot: int) -> Callable[[], bytes]:
    return lambda: network_bytes(run.trainers[slot].network(run.shown(current_reel().at)[slot]))


def _svg_of(run: Run, slot: int, setup: Setup, controls: ViewControls) -> Callable[[], str]:
    theme, at, pin = browser_theme(), current_reel().at, pin_now()

    def draw() -> str:
        moment = run.album.moment(run.trainers[slot], run.shown(at)[slot], setup)
        overlays, provenance = moment.overlays(pin, controls.boxes), about_picture(run, setup, slot, moment)
        return region_svg(moment.frame, overlays, still_options(moment.p, controls), theme=theme, about=provenance)

    return draw


def _film(run: Run, setup: Setup, controls: ViewControls) -> None:
    """A button that makes the film in the background, its progress, and the download."""
    worker = STATE.film
    begin, progress = st.container(), st.container()  # separate containers: the timed fragment draws into the second
    if worker is None or not worker.busy:
        ready = worker is not None and "film" in worker.found
        begin.button(
            "Film again" if ready else "Make a film",
            icon=":material/movie:",
            width="stretch",
            key="train-make-film",
            help="Training from its beginning, all objectives beside each other.",
            on_click=_begin_film,
            args=(run, setup, controls),
        )
    with progress:
        busy = worker is not None and worker.busy
        st.fragment(_film_progress, run_every=FOLLOW if busy else None)(worker, busy)


def _begin_film(run: Run, setup: Setup, controls: ViewControls) -> None:
    STATE.films += 1
    STATE.film = _worker(run.id, STATE.films, run, setup, controls, browser_theme())


def _film_progress(worker: Worker[FilmItem] | None, was_busy: bool) -> None:
    if worker is None:
        return
    progress = worker.progress()
    if progress.busy:
        counts = progress.found.get("progress")
        done, total = counts if isinstance(counts, tuple) and len(counts) == 2 else (0, 1)
        st.progress(done / total, f"Drawing picture {done} of {total}{progress.waits and f': {progress.waits}'}")
        st.button("Stop", key="train-stop-film", on_click=worker.stop, width="stretch")
    elif progress.message:
        st.error(sentence(progress.message), icon=":material/error:")
    elif isinstance(film := progress.found.get("film"), tuple) and len(film) == 3:
        gif, mp4, pngs = film
        _download("Film (GIF)", "training.gif", lambda: gif, "image/gif")
        _download("Film (MP4)", "training.mp4", lambda: mp4, "video/mp4")
        _download("Film (PNG sequence, ZIP)", "training-pictures.zip", lambda: pngs, "application/zip")
        if isinstance(page := progress.found.get("page"), str):
            _download("Film (web page)", "training.html", lambda: page, "text/html")
    if was_busy and not progress.busy:
        st.rerun()


@session_resource(end=Worker.halt)
def _worker(
    run_id: str, number: int, _run: Run, _setup: Setup, _controls: ViewControls, _theme: Theme
) -> Worker[FilmItem]:
    """The session's only film."""
    return Worker(film_steps(_run, _setup, _controls, _theme), title="film")


def film_steps(
    run: Run, setup: Setup, controls: ViewControls, theme: Theme
) -> Callable[[Cancelled], Iterator[tuple[str, FilmItem]]]:
    """Draw up to PICTURES evenly spread moments. Yields ("progress", (done, total)); then ("page", html), and
    ("film", (gif, mp4, zip)).
    """

    def steps(cancelled: Cancelled) -> Iterator[tuple[str, FilmItem]]:
        trained = run.steps
        chosen = np.unique(np.linspace(0, len(trained) - 1, min(PICTURES, len(trained))).round().astype(int))
        pictures: list[Image.Image] = []
        film, moments = Film(), []
        for index in chosen:
            if cancelled():
                return
            yield "progress", (len(pictures), len(chosen))
            step = trained[index]
            moments = [moment_of(trainer, snapshot, setup) for trainer, snapshot in zip(run.trainers, run.shown(step))]
            pictures.append(_picture(run.titles, moments, controls, theme, step))
            film.add(step, moments, controls, last=index == chosen[-1])
        yield "page", film.page(run, setup, moments, controls)
        yield "film", (film_gif(pictures, kept=kept_colours(theme)), film_mp4(pictures), film_pngs(pictures))

    return steps


def _picture(
    titles: Sequence[str], moments: Sequence[Moment], controls: ViewControls, theme: Theme, step: int
) -> Image.Image:
    shots = [
        Shot(title, moment.note, moment.frame, moment.overlays(None, controls.boxes), still_options(moment.p, controls))
        for title, moment in zip(titles, moments)
    ]
    return film_picture(shots, f"step {thousands(step)}", theme)
