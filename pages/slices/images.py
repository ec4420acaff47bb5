"""The images: a set, one's own, and which of them span the plane; chosen by number, by class, at random or by file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from figures.words import sentence
from geometry.norms import Array
from models import IMAGE_SETS, Images, available_images, load_images, read_images
from pages.explore.linked import Linked

PREFIX = "slices-"
OUT_OF_THE_BOX = "mnist-5k"
SLOTS = ("a", "b", "c")
FIRST = {"a": 1, "b": 4, "c": 7}  # of MNIST's 5 000 digits the first 1, 4 and 7
OWN, SLOT, PAGE = "slices-own-images", "slices-slot", "slices-grid-page"
ARRIVED = "slices-arrived"  # the slot for which images were uploaded, and the number of their first
PER_PAGE, PER_ROW = 24, 12
MOST_OWN = 100
LINK_NAMES = frozenset({"images", *SLOTS})


@dataclass(frozen=True, eq=False)
class Choice:
    """A set of images, one's own behind it, and the three that are chosen."""

    x: NDArray[np.float32]  # (n, channels, height, width)
    y: NDArray[np.int64]  # -1 where the class is not known
    classes: tuple[str, ...]
    name: str
    set_name: str  # as load_images knows it
    chosen: tuple[int, int, int]
    in_link: bool
    link: dict[str, str | None]

    def image(self, slot: int) -> Array:
        """(channels, height, width) in float64."""
        return self.x[self.chosen[slot]].astype(np.float64)

    @property
    def digest(self) -> str:
        """Names the three images by what they show."""
        content = np.ascontiguousarray(self.x[list(self.chosen)]).tobytes()
        return hashlib.blake2b(content, digest_size=8).hexdigest()

    def title(self, index: int) -> str:
        label = int(self.y[index])
        return "own image" if label < 0 else self.classes[label] if label < len(self.classes) else str(label)


@st.cache_resource(show_spinner="Reading the images …", max_entries=3)
def loaded(name: str) -> Images:
    return load_images(name)


def image_controls() -> Choice:
    """The first section of the sidebar: the set and the three numbers.

    Raises
    ------
    ValueError, FileNotFoundError
        If the set cannot be read.
    """
    if ARRIVED in st.session_state:
        slot, first = st.session_state.pop(ARRIVED)
        st.session_state[f"{PREFIX}{slot}"] = first
    linked = Linked(PREFIX)
    there = {name: IMAGE_SETS[name].title if name in IMAGE_SETS else name for name in available_images()}
    titles = {**{name: known.title for name, known in IMAGE_SETS.items()}, **there}
    set_name = linked.choice("Images", "images", titles, OUT_OF_THE_BOX)
    images = loaded(set_name)
    own = [image for image in st.session_state.get(OWN, []) if image.shape == images.x.shape[1:]]
    x = np.concatenate([images.x, np.stack(own)]) if own else images.x
    y = np.concatenate([images.y, np.full(len(own), -1)])
    columns = st.columns(3, gap="small")
    chosen = []
    for slot, column in zip(SLOTS, columns):
        with column:
            place = st.container()
            index = linked.whole(
                f"Image {slot}",
                slot,
                0,
                len(x) - 1,
                FIRST[slot],
                help="Its number in the set; or choose from the grid.",
            )
            place.image(shown(x[index]), width="stretch")
        chosen.append(index)
    st.button(
        "Three others at random", icon=":material/shuffle:", width="stretch", key="slices-random",
        on_click=_draw, args=(images.y,), help="Of three classes.",
    )  # fmt: skip
    a, b, c = chosen
    in_link = max(chosen) < len(images.x)
    return Choice(x, y, images.classes, images.name, set_name, (a, b, c), in_link, linked.parts)


def shown(image: NDArray[np.float32] | Array) -> NDArray[np.uint8]:
    """(channels, height, width) in [0, 1], clipped -> (height, width) or (height, width, 3) bytes."""
    pixels = np.clip(image, 0, 1).transpose(1, 2, 0)
    flat = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    return np.rint(255 * flat).astype(np.uint8)


def image_grid(choice: Choice) -> None:
    """Images of one class or all, in pages, each a click away from being a, b or c; and a place for one's own."""
    left, middle, right = st.columns([2, 5, 3], vertical_alignment="bottom")
    slot = left.segmented_control("Put into", SLOTS, default="a", key=SLOT, required=True)
    wanted = middle.pills(
        "Class", range(len(choice.classes)), format_func=choice.classes.__getitem__, key="slices-class"
    )
    upload = right.file_uploader("Your own: PNG, or NPZ of images", ["png", "npz"], key="slices-image-file")
    if upload is not None:
        _take(upload.getvalue(), upload.name, choice)
    fitting = np.arange(len(choice.y)) if wanted is None else np.flatnonzero(choice.y == wanted)
    own = np.flatnonzero(choice.y < 0)
    fitting = np.concatenate([own, np.setdiff1d(fitting, own)])
    pages = max(1, -(-len(fitting) // PER_PAGE))
    page = min(st.session_state.setdefault(PAGE, 0), pages - 1)
    some = fitting[page * PER_PAGE : (page + 1) * PER_PAGE]
    with st.container(key="slices-tiles-grid"):
        for first in range(0, len(some), PER_ROW):
            for column, index in zip(st.columns(PER_ROW, gap="xxsmall"), some[first : first + PER_ROW].tolist()):
                column.image(shown(choice.x[index]), width="stretch")
                column.button(
                    str(index), key=f"slices-take-{index}", on_click=_put, args=(slot or "a", index), width="stretch",
                    type="primary" if index in choice.chosen else "tertiary", help=choice.title(index),
                )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center"):
        for title, step, icon in (("Back", -1, "arrow_back"), ("More", 1, "arrow_forward")):
            st.button(
                title, icon=f":material/{icon}:", disabled=not 0 <= page + step < pages, key=f"slices-{title}",
                on_click=lambda to: st.session_state.update({PAGE: to}), args=(page + step,), type="tertiary",
            )  # fmt: skip
        st.caption(f"page {page + 1} of {pages}")


def _put(slot: str, index: int) -> None:
    """As if the number had been typed; the next click goes to the next slot."""
    st.session_state[f"{PREFIX}{slot}"] = index
    st.session_state[SLOT] = SLOTS[(SLOTS.index(slot) + 1) % len(SLOTS)]


def _draw(labels: NDArray[np.int64]) -> None:
    random = np.random.default_rng()
    present = np.unique(labels)
    for slot, label in zip(SLOTS, random.choice(present, 3, replace=len(present) < 3)):
        st.session_state[f"{PREFIX}{slot}"] = int(random.choice(np.flatnonzero(labels == label)))


def _take(content: bytes, name: str, choice: Choice) -> None:
    """Add the images of a file behind the set; a picture is made to fit, an archive has to."""
    taken = st.session_state.setdefault("slices-own-taken", set())
    digest = hashlib.blake2b(content, digest_size=8).hexdigest()
    if digest in taken:
        return
    channels, *size = choice.x.shape[1:]
    try:
        found = read_images(content, channels=channels, size=(size[0], size[1]))
    except ValueError as error:
        st.error(f"{name}: {sentence(error)}", icon=":material/error:")
        return
    taken.add(digest)
    st.session_state[OWN] = [*st.session_state.get(OWN, []), *found.x][-MOST_OWN:]
    st.session_state[ARRIVED] = (st.session_state.get(SLOT) or "a", len(choice.x))
    st.rerun()
