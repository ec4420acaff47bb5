"""The data set: a toy set with its parameters, or a file; then the points that were edited."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st

from figures.words import counted
from models import DATASETS, Dataset, read_points, write_points
from models.data.toy import Toy
from pages.shared import link
from pages.shared.downloads import download
from pages.shared.plain import complain, plain
from pages.shared.plane import edits
from pages.shared.plane.state import DEFAULT, PLANE, PlaneState
from pages.shared.point_edit import PointEdit

T = TypeVar("T")
FILE = "file"
NAMES = (*DATASETS, FILE)
MOST_POINTS, MOST_NOISE, MOST_SEED = 1000, 0.5, 10**6


@dataclass(frozen=True, eq=False)
class DataControls:
    """The points on screen, and where they come from."""

    dataset: Dataset
    source: str  # a name of DATASETS, or "file"
    link: dict[str, str | None]
    in_link: bool  # whether a link leads to these points


def data_controls(key: str = PlaneState.data.key, default: str = DEFAULT) -> DataControls:
    """The data section of the sidebar. Pages that choose apart have a `key` and a `default` of their own."""
    now = link.start(key, "data", link.one_of(*NAMES), default)
    source = st.selectbox("Data", NAMES, index=NAMES.index(now), format_func=_title, key=key, persist_state="session")
    parts = {"data": link.unless(source, default)}
    named = link.opened("data", link.one_of(*NAMES), default) == source  # the link speaks of the set it names
    dataset = _from_file() if source == FILE else _drawn(DATASETS[source], parts, named)
    nothing: tuple[edits.Edit, ...] = ()
    done = _start(source, "points", edits.from_link, nothing, named)[1]
    parts["points"] = edits.to_link(done)
    if done:
        _edited(source, len(done), fits=parts["points"] is not None)
    changed = edits.apply(dataset, done)
    in_link = source != FILE and (not done or parts["points"] is not None)
    return DataControls(changed, source, parts, in_link)


def edit_points(source: str, events: tuple[PointEdit, ...], label: int) -> None:
    """Add interactions to the edits of a data set; they show in the next `data_controls`."""
    PLANE.edits[source] = (*(PLANE.edits.get(source) or ()), *edits.from_events(events, label))


def points_download(data: DataControls) -> None:
    """The points on screen as a CSV that the upload reads."""
    name = re.sub(r"[^\w.-]+", "-", data.dataset.name).strip("-.") or "points"
    download("Points (CSV)", lambda: write_points(data.dataset), f"{name}-points.csv", "text/csv", key="explore-points")


def _title(name: str) -> str:
    title = DATASETS[name].title if name in DATASETS else "your own file"
    return title[0].upper() + title[1:]


def _start(source: str, name: str, read: link.Reader[T], default: T, named: bool) -> tuple[str, T]:
    """The key of a data set's parameter, and its value.

    Each set remembers its own; the link speaks of the one that is `named`.
    """
    key = f"{name}-{source}"
    return key, link.start(key, name, read, default) if named else link.own(key, lambda: default)


def _drawn(toy: Toy, parts: dict[str, str | None], named: bool) -> Dataset:
    """A toy set by its size, noise, classes and seed, as far as it has them."""
    noise, classes, most = None, toy.classes, min(toy.max_size, MOST_POINTS)
    with st.expander("Size, noise, seed", icon=":material/tune:"):
        key, now = _start(toy.name, "size", link.whole(toy.many, most), toy.size, named)
        size = st.slider("Points", toy.many, most, now, key=key, persist_state="session")
        parts["size"] = link.unless(size, toy.size)
        if toy.noise is not None:
            key, level = _start(toy.name, "noise", link.number(0, MOST_NOISE), toy.noise, named)
            noise = st.slider("Noise", 0.0, MOST_NOISE, level, step=0.01, key=key, persist_state="session")
            parts["noise"] = link.unless(noise, toy.noise)
        if toy.many > 2:
            key, now = _start(toy.name, "classes", link.whole(2, toy.many), toy.classes, named)
            classes = st.slider("Classes", 2, toy.many, now, key=key, persist_state="session")
            parts["classes"] = link.unless(classes, toy.classes)
        key, now = _start(toy.name, "seed", link.whole(0, MOST_SEED), 0, named)
        seed = st.number_input(
            "Seed",
            0,
            MOST_SEED,
            now,
            key=key,
            persist_state="session",
            help="The same seed draws the same points.",
        )
        parts["seed"] = link.unless(seed, 0)
    return toy(size, noise, seed, classes)


def _from_file() -> Dataset:
    """The uploaded points; until there are any that can be read, the last ones, or two moons."""
    upload = st.file_uploader(
        "Points from a file",
        ["csv", "txt", "npz"],
        key="data-file",
        label_visibility="collapsed",
        help="CSV with columns x, y, label, or NPZ with arrays x (n, 2) and y (n,).",
    )
    if upload is None:
        until = "two moons" if PLANE.last_file is None else plain(PLANE.last_file.name)
        st.caption(f"CSV with columns x, y, label, or NPZ with arrays x (n, 2) and y (n,). Until then: {until}.")
    else:
        try:
            PLANE.last_file = read_points(upload.getvalue(), upload.name)
        except ValueError as error:
            complain(error)
    return PLANE.last_file or DATASETS[DEFAULT]()


def _edited(source: str, count: int, fits: bool) -> None:
    said, button = st.columns([3, 2], vertical_alignment="center")
    said.caption(f"{counted(count, 'change')} by hand{'' if fits else ', too many for the link'}")
    button.button("Undo all", on_click=_undo, args=(source,), width="stretch", help="Back to the points as drawn.")


def _undo(source: str) -> None:
    PLANE.edits[source] = ()
