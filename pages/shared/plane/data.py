"""The data set of the plane: a toy set with its parameters, or a file; with the reader's edits of points."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st

from figures.provenance import metadata, origin
from figures.words import counted
from models import DATASETS, Dataset, read_points, write_points
from models.data.formula import EXAMPLE, MOST_CHARACTERS, TITLE, formula_points
from models.data.formula import NAME as FORMULA
from models.data.toy import Toy
from pages.shared import link
from pages.shared.downloads import download
from pages.shared.plain import complain, plain
from pages.shared.plane import edits
from pages.shared.plane.state import DEFAULT, PLANE, PlaneState
from pages.shared.point_edit import PointEdit
from pages.shared.state import put

T = TypeVar("T")
FILE = "file"
NAMES = (*DATASETS, FORMULA, FILE)
OTHERS = {FORMULA: TITLE, FILE: "your own file"}
MOST_POINTS, MOST_NOISE, MOST_SEED = 1000, 0.5, 10**6  # limits of the controls
TEST_SHARE, MOST_TEST = 50, 90  # percent of all points
TEST_SEED = 2 * 10**6  # added to the seed: above all seeds of points that are shown


@dataclass(frozen=True, eq=False)
class DataControls:
    """The points on screen, and their source."""

    dataset: Dataset
    source: str  # a name of NAMES
    link: dict[str, str | None]
    in_link: bool  # whether a link reopens these points
    test: Dataset | None = None  # other points of the same kind, for the test error; None for a file


def data_controls(key: str = PlaneState.data.key, default: str = DEFAULT, simple: bool = False) -> DataControls:
    """The data section of the sidebar. A page with a separate choice passes its own `key` and `default`.

    `simple` keeps the noise in sight, and has the rest where *More controls* shows it.
    """
    now = link.start(key, "data", link.one_of(*NAMES), default)
    source = st.selectbox("Data", NAMES, index=NAMES.index(now), format_func=_title, key=key, persist_state="session")
    parts = {"data": link.unless(source, default)}
    is_in_link = link.opened("data", link.one_of(*NAMES), default) == source  # the link's set
    if source == FILE:
        dataset, test = _from_file(), None
    else:
        toy = _labelled(parts, is_in_link) if source == FORMULA else DATASETS[source]
        dataset, test = _drawn(toy, parts, is_in_link, simple)
    nothing: tuple[edits.Edit, ...] = ()
    edits_made = _start(source, "points", edits.from_link, nothing, is_in_link)[1]
    parts["points"] = edits.to_link(edits_made)
    if edits_made:
        _edited(source, len(edits_made), fits=parts["points"] is not None)
    changed = edits.apply(dataset, edits_made)
    in_link = (source != FILE or PLANE.last_file is None) and (not edits_made or parts["points"] is not None)
    return DataControls(changed, source, parts, in_link, test)


def use_data(source: str, parameters: Mapping[str, float]) -> None:
    """Use a toy set with these parameters, size, noise, seed or classes, as if the reader had chosen them."""
    PLANE.data = source
    for name, value in parameters.items():
        put(f"{name}-{source}", value)


def edit_points(source: str, events: tuple[PointEdit, ...], label: int) -> None:
    """Add reported edits to those of a data set; the next call of `data_controls` applies them."""
    PLANE.edits[source] = (*(PLANE.edits.get(source) or ()), *edits.from_events(events, label))


def points_download(data: DataControls) -> None:
    """The points on screen as a CSV that the upload reads."""
    name = re.sub(r"[^\w.-]+", "-", data.dataset.name).strip("-.") or "points"
    download("Points (CSV)", lambda: points_csv(data), f"{name}-points.csv", "text/csv", key="explore-points")


def points_csv(data: DataControls) -> str:
    """The points on screen, after lines that say what they are."""
    points = data.dataset
    about = origin("points on screen, with their labels", "", f"{points.name}, {counted(len(points.x), 'point')}")
    return metadata(about) + write_points(points)


def _title(name: str) -> str:
    title = DATASETS[name].title if name in DATASETS else OTHERS[name]
    return title[0].upper() + title[1:]


def _start(source: str, name: str, read: link.Reader[T], default: T, is_in_link: bool) -> tuple[str, T]:
    """The key of a data set's parameter, and its value.

    Each set has its own parameters; the link's apply if the set `is_in_link`.
    """
    key = f"{name}-{source}"
    return key, link.start(key, name, read, default) if is_in_link else link.own(key, lambda: default)


def _drawn(toy: Toy, parts: dict[str, str | None], is_in_link: bool, simple: bool) -> tuple[Dataset, Dataset | None]:
    """A toy set with controls of its size, noise, classes and seed, as far as it has them; and its test points."""
    noise, classes, most_points = None, toy.classes, min(toy.max_size, MOST_POINTS)
    in_sight = st.container()
    rest = st.container(key="more-part-data") if simple else st.container()
    title = "Size, test points, seed" if simple else "Size, noise, seed"
    with rest, st.expander(title, icon=":material/tune:"):
        key, now = _start(toy.name, "size", link.whole(toy.many, most_points), toy.size, is_in_link)
        size = st.slider("Points", toy.many, most_points, now, key=key, persist_state="session")
        parts["size"] = link.unless(size, toy.size)
        if toy.noise is not None:
            key, level = _start(toy.name, "noise", link.number(0, MOST_NOISE), toy.noise, is_in_link)
            place = in_sight if simple else st.container()
            noise = place.slider("Noise", 0.0, MOST_NOISE, level, step=0.01, key=key, persist_state="session")
            parts["noise"] = link.unless(noise, toy.noise)
        if toy.many > 2 and toy.name in DATASETS:
            key, now = _start(toy.name, "classes", link.whole(2, toy.many), toy.classes, is_in_link)
            classes = st.slider("Classes", 2, toy.many, now, key=key, persist_state="session")
            parts["classes"] = link.unless(classes, toy.classes)
        key, now = _start(toy.name, "seed", link.whole(0, MOST_SEED), 0, is_in_link)
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
        share = _test_share(parts) if toy.noise is not None else 0
    if not share:
        return toy(size, noise, seed, classes), None
    count = min(toy.max_size, max(classes, round(size * share / (100 - share))))
    return toy(size, noise, seed, classes), toy(count, noise, seed + TEST_SEED, classes)


def _labelled(parts: dict[str, str | None], is_in_link: bool) -> Toy:
    """The points of the formula that the reader types; of the last valid one while it is none."""
    key, now = _start(FORMULA, "formula", link.anything, EXAMPLE, is_in_link)
    text = st.text_input(
        "Class 1 where",
        now,
        key=key,
        max_chars=MOST_CHARACTERS,
        persist_state="session",
        help="A formula in x and y, which are x₁ and x₂ of the picture, such as y > sin(x). Or several, as in "
        "x^2 + y^2 < 1; y > x: class 1 where the first condition holds, class 2 where the second does, class 0 "
        "elsewhere. It may have and, or, sin, cos, tan, exp, log, sqrt, abs, sign, floor, pi, e.",
    )
    try:
        toy = formula_points(text)
    except ValueError as error:
        text = PLANE.last_rule
        complain(ValueError(f"{error}; until it is mended, the labels are those of {text}"))
        toy = formula_points(text)
    PLANE.last_rule = text
    parts["formula"] = link.unless(text, EXAMPLE)
    return toy


def _test_share(parts: dict[str, str | None]) -> int:
    """The share of test points among all points, in percent."""
    now = link.start(PlaneState.test.key, "test", link.whole(0, MOST_TEST), TEST_SHARE)
    share = st.slider(
        "Test points, %",
        0,
        MOST_TEST,
        now,
        step=5,
        key=PlaneState.test.key,
        persist_state="session",
        help="Further points of the same kind, drawn for the test error alone: no training sees them, and the picture "
        "does not show them. Their share of all points.",
    )
    parts["test"] = link.unless(share, TEST_SHARE)
    return share


def _from_file() -> Dataset:
    """The uploaded points; without a valid file the last valid ones, or two moons."""
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
    text, button = st.columns([3, 2], vertical_alignment="center")
    text.caption(f"{counted(count, 'change')} by hand{'' if fits else ', too many for the link'}")
    button.button("Undo all", on_click=_undo, args=(source,), width="stretch", help="Back to the points as drawn.")


def _undo(source: str) -> None:
    PLANE.edits[source] = ()
