"""The image set with uploaded images appended, and the choice of three that span the plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from figures.images.inputs import change_shown, shown
from figures.words import sentence
from geometry import Plane
from geometry.content import content_key
from geometry.norms import Array
from models import Images, read_images
from models.data.images.images import Limits
from pages.shared.image_sets import choose_images
from pages.shared.linked_controls import Linked
from pages.shared.plain import complain, plain
from pages.shared.to_slices import PREFIX
from pages.slices.state import STATE, SlicesState

SLOTS = ("a", "b", "c")
PER_PAGE, PER_ROW = 24, 12  # images of the grid
MOST_OWN = 100  # uploaded images of a session; a limit on memory
MOST_PILLS = 24  # classes shown as buttons; more are a drop-down list


@dataclass(frozen=True)
class Words:
    """The words of the page for the inputs that a plane shows.

    thing, things : one input, several
    limits : the label of the switch for legal inputs only; `{low}` and `{high}` stand for their limits
    limits_help, within : what the switch does; the limits as the end of a clause
    unit : of distances, at the end of a sentence; empty where they have the unit of the inputs
    """

    thing: str
    things: str
    limits: str
    limits_help: str
    within: str
    unit: str = ""


WORDS = Words(
    "image", "images", "Pixels in [{low:g}, {high:g}]",
    "Only images count as perturbed images: every certificate, attack and ball stays within the box.",
    ", with pixels in [{low:g}, {high:g}]",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Choice:
    """An image set with uploaded images appended, and the three chosen images."""

    images: Images  # the set with the uploaded images appended
    set_name: str  # its name in choosers and links
    chosen: tuple[int, int, int]
    in_link: bool
    link: dict[str, str | None]

    @property
    def x(self) -> NDArray[np.float32]:
        """(n, *shape)"""
        return self.images.x

    @property
    def y(self) -> NDArray[np.int64]:
        """(n,) the classes, -1 where unknown."""
        return self.images.y

    @property
    def name(self) -> str:
        return self.images.name

    @property
    def limits(self) -> Limits:
        return self.images.limits

    @property
    def classes(self) -> tuple[str, ...]:
        """A name for each class, also where the set has none."""
        return tuple(map(self.images.label, range(self.images.class_count)))

    def label(self, index: int) -> str:
        """The name of a class; it may be text from outside."""
        return self.images.label(index)

    def other_inputs(self, plane: Plane) -> dict[int, str]:
        """The inputs across a plane over two of them by their places, with their names; none where inputs have none."""
        return {}

    def value_of(self, place: int, x: Array) -> str:
        """The value of one input at x, in words."""
        return f"input {place + 1} = {x.ravel()[place]:.6g}"

    def named(self, bands: tuple[str, ...]) -> Choice:
        """The same, with these names of the classes, if there are any, and without labels then."""
        if not bands:
            return self
        return replace(self, images=replace(self.images, y=np.full_like(self.y, -1), classes=bands))

    def image(self, slot: int) -> Array:
        """The chosen image in a slot, (*shape) in float64."""
        return self.x[self.chosen[slot]].astype(np.float64)

    @property
    def digest(self) -> str:
        """Identifies the three images by their content."""
        return content_key(self.x[list(self.chosen)])

    def title(self, index: int) -> str:
        """The label of an image; it may be text from outside."""
        label = int(self.y[index])
        return "no label" if label < 0 else self.label(label)

    def known_set(self, bands: tuple[str, ...]) -> str:
        """The name of the set of these inputs, which other pages know, too."""
        return self.set_name

    def sections(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Which sections below the pictures make sense, on a plane with these named inputs on it."""
        return "numbers", "edges", "maps", "gradients"

    @property
    def words(self) -> Words:
        """How the page names the inputs."""
        return WORDS

    def spanned(self, names: tuple[str, ...]) -> str:
        """The images that span the plane, of which those with names lie on it, as text."""
        numbers = ", ".join(f"{name} = {self.words.thing} {number}" for name, number in zip(SLOTS, self.chosen))
        return f"{self.name}: plane through {' '.join(names)} ({numbers})"

    def show(self, x: Array, caption: str) -> None:
        """Show an input (*shape) as large as its place."""
        st.image(shown(x, self.limits), caption, width="stretch", alt=sentence(caption).rstrip("."))

    def show_others(self, slot: int, network: str, x: Array, others: Sequence[tuple[str, str, Array]]) -> None:
        """Show inputs near x, each with its name and that of its change, and the change, amplified: grey is none."""
        tiles: list[tuple[NDArray[np.uint8], str]] = []
        for name, name_of_change, other in others:
            tiles += [(shown(other, self.limits), name), (change_shown(other - x), name_of_change)]
        with st.container(key=f"slices-tiles-{slot}"):
            for column, (tile, caption) in zip(st.columns(4, gap="small"), tiles):
                column.image(tile, plain(caption), width="stretch", alt=f"{network}: {caption}")


def image_controls() -> Choice | None:
    """The image section of the sidebar: the set and three numbers. None without a set: the sidebar says what to do."""
    if STATE.arrived is not None:
        slot, number = STATE.arrived
        STATE.number[slot] = number
        del STATE.arrived
    linked = Linked(PREFIX)
    image_set = choose_images(linked)
    if image_set is None:
        return None
    _new_set(image_set.name)
    images = _with_own(image_set.images)
    first_three = three_classes(image_set.images.y)
    chosen = []
    for slot, usual, column in zip(SLOTS, first_three, st.columns(3, gap="small")):
        with column:
            place = st.container()
            index = linked.whole(
                f"Image {slot}",
                slot,
                0,
                len(images) - 1,
                usual,
                help="Its number in the set; or choose from the grid.",
            )
            place.image(shown(images.x[index], images.limits), width="stretch", alt=_alt(images, index))
        chosen.append(index)
    st.button(
        "Three others at random", icon=":material/shuffle:", width="stretch", key="slices-random",
        on_click=_draw, args=(images.y,), help="Of three classes, if the set has three.",
    )  # fmt: skip
    a, b, c = chosen
    in_link = image_set.in_link and max(chosen) < len(image_set.images)
    return Choice(images, image_set.name, (a, b, c), in_link, linked.parts)


def three_classes(labels: NDArray[np.int64]) -> tuple[int, int, int]:
    """The numbers of the first images of three classes: of 1, 4 and 7 with ten classes, as in MMR's Fig. 2.

    With other counts, of the three classes that appear first; with fewer classes, the first images fill up.
    """
    present, first = np.unique(labels[labels >= 0], return_index=True)
    if len(present) == len(first) == 10:
        indices = [int(place) for place in np.flatnonzero(labels >= 0)[first][[1, 4, 7]]]
    else:
        indices = [int(place) for place in np.sort(np.flatnonzero(labels >= 0)[first])[:3]]
    indices += [index for index in range(len(labels)) if index not in indices][: 3 - len(indices)]
    indices += [len(labels) - 1] * (3 - len(indices))  # a set of fewer than three images
    return indices[0], indices[1], indices[2]


def _new_set(name: str) -> None:
    """Forget the chosen numbers when the set changes: they refer to images of the previous set."""
    if STATE.set_before not in (None, name):
        for slot in SLOTS:
            del STATE.number[slot]
        STATE.page = 0
    STATE.set_before = name


def _with_own(images: Images) -> Images:
    """The set with the uploaded images of its shape appended."""
    own = [image for image in STATE.own if image.shape == images.shape]
    if not own:
        return images
    x, y = np.concatenate([images.x, np.stack(own)]), np.concatenate([images.y, np.full(len(own), -1)])
    return Images(x, y, images.name, images.classes, images.limits)


def image_grid(choice: Choice) -> None:
    """A paged grid of the images of one class or all; a click puts one into a, b or c. And an uploader."""
    left, middle, right = st.columns([2, 5, 3], vertical_alignment="bottom")
    slot = left.segmented_control("Use it as image", SLOTS, default="a", key=SlicesState.slot.key, required=True)
    with middle:
        wanted_class = _class_filter(choice)
    upload = right.file_uploader(
        "One more: PNG, or NPZ of images", ["png", "npz"], key="slices-image-file",
        help="It is appended to this set. A set of your own is chosen under *Images* in the sidebar.",
    )  # fmt: skip
    if upload is not None:
        _take(upload.getvalue(), upload.name, choice)
    fitting = np.arange(len(choice.y)) if wanted_class is None else np.flatnonzero(choice.y == wanted_class)
    own = np.flatnonzero(choice.y < 0)
    fitting = np.concatenate([own, np.setdiff1d(fitting, own)])
    pages = max(1, -(-len(fitting) // PER_PAGE))
    page = min(STATE.page, pages - 1)
    indices = fitting[page * PER_PAGE : (page + 1) * PER_PAGE]
    with st.container(key="slices-tiles-grid"):
        for first in range(0, len(indices), PER_ROW):
            for column, index in zip(st.columns(PER_ROW, gap="xxsmall"), indices[first : first + PER_ROW].tolist()):
                column.image(shown(choice.x[index], choice.limits), width="stretch", alt=_alt(choice.images, index))
                column.button(
                    str(index), key=f"slices-take-{index}", on_click=_put, args=(slot or "a", index), width="stretch",
                    type="primary" if index in choice.chosen else "tertiary", help=plain(choice.title(index)),
                )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        for title, step, icon in (("Back", -1, "arrow_back"), ("More", 1, "arrow_forward")):
            st.button(
                title, icon=f":material/{icon}:", disabled=not 0 <= page + step < pages, key=f"slices-{title}",
                on_click=_turn_to, args=(page + step,), type="tertiary",
            )  # fmt: skip
        st.caption(f"page {page + 1} of {pages}")


def _turn_to(page: int) -> None:
    STATE.page = page


def _class_filter(choice: Choice) -> int | None:
    """The class chosen in the filter, or None for all."""
    names = choice.classes
    if len(names) > MOST_PILLS:
        return st.selectbox(
            "Class", range(len(names)), index=None, format_func=names.__getitem__, key="slices-class-list"
        )
    return st.pills("Class", range(len(names)), format_func=lambda label: plain(names[label]), key="slices-class")


def _put(slot: str, index: int) -> None:
    """Set a slot's number as if typed; the next click fills the next slot."""
    STATE.number[slot] = index
    STATE.slot = SLOTS[(SLOTS.index(slot) + 1) % len(SLOTS)]


def _draw(labels: NDArray[np.int64]) -> None:
    """Three images of three classes; where there are fewer classes, three images that differ by their numbers."""
    random = np.random.default_rng()
    present = np.unique(labels)
    if len(present) >= 3:
        drawn = [random.choice(np.flatnonzero(labels == label)) for label in random.choice(present, 3, replace=False)]
    else:
        drawn = list(random.choice(len(labels), 3, replace=len(labels) < 3))
    for slot, index in zip(SLOTS, drawn):
        STATE.number[slot] = int(index)


def _take(content: bytes, name: str, choice: Choice) -> None:
    """Append the images of a file to the set: a picture is resized, an archive must have the set's shape."""
    digest = content_key(content, choice.set_name)
    if digest in STATE.taken:
        return
    try:
        added = _fitting(content, choice.images)
    except ValueError as error:
        complain(f"{name}: {error}")
        return
    STATE.taken.add(digest)
    STATE.own = with_more(STATE.own, added)
    STATE.arrived = (STATE.slot or "a", len(choice.x))
    st.rerun()


def with_more(own: list[NDArray[np.float32]], added: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The last `MOST_OWN` images, each copied: a view of one row would keep the whole archive in memory."""
    return [*own, *(image.copy() for image in added[-MOST_OWN:])][-MOST_OWN:]


def _fitting(content: bytes, images: Images) -> NDArray[np.float32]:
    """(m, *shape) the images of a file, in the set's shape and within its limits."""
    are_pictures = len(images.shape) == 3 and images.shape[0] in (1, 3)
    if not are_pictures:
        read = read_images(content)
        if read.shape != images.shape:
            raise ValueError(f"it holds inputs {read.shape}, those of this set are {images.shape}")
    else:
        channels, height, width = images.shape
        read = read_images(content, channels=channels, size=(height, width))
    low, high = images.limits
    if read.limits == images.limits:
        return read.x
    if read.x.min() < low or read.x.max() > high:
        raise ValueError(f"its values go from {read.x.min():g} to {read.x.max():g}; this set has {low:g} to {high:g}")
    return read.x


def _alt(images: Images, index: int) -> str:
    """Alternative text of an image."""
    return f"image {index}, {images.label(int(images.y[index]))}" if images.y[index] >= 0 else f"image {index}"
