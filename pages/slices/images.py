"""The images: a set, one's own behind it, and which of them span the plane; chosen by number, by class, or by file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from figures.images.inputs import shown
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
PER_PAGE, PER_ROW = 24, 12
MOST_OWN = 100
MOST_PILLS = 24  # classes that are offered as buttons; more are a list


@dataclass(frozen=True, eq=False)
class Choice:
    """A set of images, one's own behind it, and the three that are chosen."""

    images: Images  # the set with one's own behind it
    set_name: str  # as choosers and links have it
    chosen: tuple[int, int, int]
    in_link: bool
    link: dict[str, str | None]

    @property
    def x(self) -> NDArray[np.float32]:
        """(n, *shape)"""
        return self.images.x

    @property
    def y(self) -> NDArray[np.int64]:
        """(n,) -1 where the class is not known"""
        return self.images.y

    @property
    def name(self) -> str:
        return self.images.name

    @property
    def limits(self) -> Limits:
        return self.images.limits

    @property
    def classes(self) -> tuple[str, ...]:
        """What each class is called, whether the set has a name for it or not."""
        return tuple(map(self.images.label, range(self.images.class_count)))

    def label(self, index: int) -> str:
        """What a class is called: text that may come from outside."""
        return self.images.label(index)

    def image(self, slot: int) -> Array:
        """(*shape) in float64."""
        return self.x[self.chosen[slot]].astype(np.float64)

    @property
    def digest(self) -> str:
        """Names the three images by what they show."""
        return content_key(self.x[list(self.chosen)])

    def title(self, index: int) -> str:
        """What an image is: text that may come from outside."""
        label = int(self.y[index])
        return "no label" if label < 0 else self.label(label)


def image_controls() -> Choice | None:
    """The first section of the sidebar: the set and the three numbers. None, with what to do said, without a set."""
    if STATE.arrived is not None:
        slot, number = STATE.arrived
        STATE.number[slot] = number
        del STATE.arrived
    linked = Linked(PREFIX)
    found = choose_images(linked)
    if found is None:
        return None
    _new_set(found.name)
    images = _with_own(found.images)
    first_three = three_classes(found.images.y)
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
        on_click=_draw, args=(images.y,), help="Of three classes, if there are so many.",
    )  # fmt: skip
    a, b, c = chosen
    in_link = found.in_link and max(chosen) < len(found.images)
    return Choice(images, found.name, (a, b, c), in_link, linked.parts)


def three_classes(labels: NDArray[np.int64]) -> tuple[int, int, int]:
    """The first images of three classes after the first: 1, 4 and 7 where there are ten in turn, as in MMR's Fig. 2.

    Where there are fewer, the first images of what there is.
    """
    present, first = np.unique(labels[labels >= 0], return_index=True)
    if len(present) == len(first) == 10:
        wanted = [int(place) for place in np.flatnonzero(labels >= 0)[first][[1, 4, 7]]]
    else:
        wanted = [int(place) for place in np.sort(np.flatnonzero(labels >= 0)[first])[:3]]
    wanted += [index for index in range(len(labels)) if index not in wanted][: 3 - len(wanted)]
    wanted += [len(labels) - 1] * (3 - len(wanted))  # a set of fewer than three images
    return wanted[0], wanted[1], wanted[2]


def _new_set(name: str) -> None:
    """The numbers of another set's images mean nothing in this one."""
    if STATE.set_before not in (None, name):
        for slot in SLOTS:
            del STATE.number[slot]
        STATE.page = 0
    STATE.set_before = name


def _with_own(images: Images) -> Images:
    """The set, and behind it the pictures of one's own that fit."""
    own = [image for image in STATE.own if image.shape == images.shape]
    if not own:
        return images
    x, y = np.concatenate([images.x, np.stack(own)]), np.concatenate([images.y, np.full(len(own), -1)])
    return Images(x, y, images.name, images.classes, images.limits)


def image_grid(choice: Choice) -> None:
    """Images of one class or all, in pages, each a click away from being a, b or c; and a place for one's own."""
    left, middle, right = st.columns([2, 5, 3], vertical_alignment="bottom")
    slot = left.segmented_control("Put into", SLOTS, default="a", key=SlicesState.slot.key, required=True)
    with middle:
        wanted = _class_filter(choice)
    upload = right.file_uploader(
        "One more: PNG, or NPZ of images", ["png", "npz"], key="slices-image-file",
        help="It is put behind this set. A set of your own is chosen under *Images* in the sidebar.",
    )  # fmt: skip
    if upload is not None:
        _take(upload.getvalue(), upload.name, choice)
    fitting = np.arange(len(choice.y)) if wanted is None else np.flatnonzero(choice.y == wanted)
    own = np.flatnonzero(choice.y < 0)
    fitting = np.concatenate([own, np.setdiff1d(fitting, own)])
    pages = max(1, -(-len(fitting) // PER_PAGE))
    page = min(STATE.page, pages - 1)
    some = fitting[page * PER_PAGE : (page + 1) * PER_PAGE]
    with st.container(key="slices-tiles-grid"):
        for first in range(0, len(some), PER_ROW):
            for column, index in zip(st.columns(PER_ROW, gap="xxsmall"), some[first : first + PER_ROW].tolist()):
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
    """The class whose images are wanted, or None for all."""
    names = choice.classes
    if len(names) > MOST_PILLS:
        return st.selectbox(
            "Class", range(len(names)), index=None, format_func=names.__getitem__, key="slices-class-list"
        )
    return st.pills("Class", range(len(names)), format_func=lambda label: plain(names[label]), key="slices-class")


def _put(slot: str, index: int) -> None:
    """As if the number had been typed; the next click goes to the next slot."""
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
    """Add the images of a file behind the set; a picture is made to fit, an archive has to."""
    digest = content_key(content, choice.set_name)
    if digest in STATE.taken:
        return
    try:
        found = _fitting(content, choice.images)
    except ValueError as error:
        complain(f"{name}: {error}")
        return
    STATE.taken.add(digest)
    STATE.own = with_more(STATE.own, found)
    STATE.arrived = (STATE.slot or "a", len(choice.x))
    st.rerun()


def with_more(own: list[NDArray[np.float32]], found: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """The last MOST_OWN of all, each in memory of its own: a row of an archive would keep all of it."""
    return [*own, *(image.copy() for image in found[-MOST_OWN:])][-MOST_OWN:]


def _fitting(content: bytes, images: Images) -> NDArray[np.float32]:
    """(m, *shape) the images of a file, in the set's shape and within its limits."""
    pictures = len(images.shape) == 3 and images.shape[0] in (1, 3)
    if not pictures:
        found = read_images(content)
        if found.shape != images.shape:
            raise ValueError(f"it holds inputs {found.shape}, those of this set are {images.shape}")
    else:
        channels, height, width = images.shape
        found = read_images(content, channels=channels, size=(height, width))
    low, high = images.limits
    if found.limits == images.limits:
        return found.x
    if found.x.min() < low or found.x.max() > high:
        raise ValueError(f"its values go from {found.x.min():g} to {found.x.max():g}; this set has {low:g} to {high:g}")
    return found.x


def _alt(images: Images, index: int) -> str:
    """An image for those who do not see it."""
    return f"image {index}, {images.label(int(images.y[index]))}" if images.y[index] >= 0 else f"image {index}"
