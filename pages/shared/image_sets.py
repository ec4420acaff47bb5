"""The chooser of images, the same on every page: known sets, archives in the data folder, and sets uploaded once.

A set that was uploaded belongs to the session, and every page offers it from then on. A link names it by its content.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import streamlit as st

from geometry.computation.memory import BUDGET, NoRoomError
from models.data.images import (
    IMAGE_SETS,
    NEEDS,
    Images,
    OwnSet,
    Part,
    available_images,
    data_folder,
    load_images,
    missing,
    read_set,
    shape_text,
)
from pages.shared import link
from pages.shared.by_key import BY_KEY
from pages.shared.linked_controls import Linked
from pages.shared.plain import complain, plain
from pages.shared.state import Kept, Record, Value, put, read

NAME, OUT_OF_THE_BOX = "images", "mnist-5k"
FILE = "file"
OWN = re.compile(r"own-[0-9a-f]{16}")  # in links: a set of one's own, by its content
MOST = 4  # sets of a session
UNPACKED = 4  # bytes of images for one of an ordinary compressed file
T = TypeVar("T")
SHORT = "NPZ with x, y and, if you like, classes; or the files of MNIST's (IDX) or CIFAR-10's (binary) kind."


@dataclass(eq=False)
class Shelf:
    """The sets that this session uploaded, by the name that choosers and links have for them; the latest last."""

    sets: dict[str, OwnSet] = field(default_factory=dict)

    def put(self, name: str, found: OwnSet) -> None:
        self.sets.pop(name, None)
        self.sets[name] = found
        while len(self.sets) > MOST:
            del self.sets[next(iter(self.sets))]


class ImageSetState(Record):
    """Sets that were uploaded, on whatever page."""

    shelf: Kept[Shelf] = Kept("image-shelf", Shelf)
    # The key of the chooser under which a set was just uploaded, and the set's name.
    arrived: Value[tuple[str, str] | None] = Value("image-set-arrived", None)
    # Files, by their identity, and what was chosen when they were refused; and why they were.
    refused: Value[tuple[tuple[str, ...], str, str] | None] = Value("image-files-refused", None)


STATE = ImageSetState()


@dataclass(frozen=True, eq=False)
class ChosenSet:
    """The images that a page is about, and the name that choosers and links have for them."""

    images: Images
    name: str
    in_link: bool  # whether a link leads to them: those of a file it names, but does not hold


def choose_images(linked: Linked, part: Part = "test") -> ChosenSet | None:
    """The chooser, and an uploader where images are missing. None, with what to do said there, while there are none.

    A set that has one part only serves as both.
    """
    _take_arrived(linked)
    shelf = own_sets()
    name = linked.choice("Images", NAME, _titles(linked, shelf), OUT_OF_THE_BOX)
    if name == FILE:
        st.caption(plain(SHORT), help=plain(NEEDS))
        _uploader(linked, name)
        return None
    if name in shelf.sets:
        try:
            return ChosenSet(_own(shelf.sets[name], part), name, in_link=False)
        except NoRoomError as error:
            complain(error)
            return None
    if OWN.fullmatch(name):
        st.warning(
            "The link is about images of someone's own, which it names but does not hold: upload their file here.",
            icon=":material/upload_file:",
        )
        _uploader(linked, name)
        return None
    parts = available_images().get(name, ())
    if not parts:
        st.warning(plain(missing(name)), icon=":material/upload_file:")
        _uploader(linked, name)
        return None
    if name in IMAGE_SETS and IMAGE_SETS[name].credit:
        st.caption(IMAGE_SETS[name].credit)
    try:
        return ChosenSet(_known(name, part if part in parts else parts[0], str(data_folder())), name, in_link=True)
    except (FileNotFoundError, ValueError) as error:
        complain(error)
        return None


def own_sets() -> Shelf:
    """What this session has uploaded."""
    return STATE.shelf


def _titles(linked: Linked, shelf: Shelf) -> dict[str, str]:
    """Known sets, archives in the data folder, uploaded sets, the way to upload one; and what the link names."""
    titles = {name: known.title for name, known in IMAGE_SETS.items()}
    titles |= {name: name for name in available_images() if name not in IMAGE_SETS}
    titles |= {name: found.title for name, found in shelf.sets.items()}
    titles[FILE] = "a file of your own …"
    wanted = read(linked.key(NAME)) or link.opened(NAME, link.anything, "")
    if OWN.fullmatch(wanted) and wanted not in titles:
        titles[wanted] = "own images, not here"
    return titles


@st.cache_resource(show_spinner="Reading the images …", max_entries=3)
def _known(name: str, part: Part, folder: str) -> Images:
    found = load_images(name, part, Path(folder))
    BUDGET.count(found.x.nbytes, found)
    return found


@st.cache_resource(show_spinner="Reading the images …", max_entries=3, hash_funcs=BY_KEY)
def _own(found: OwnSet, part: Part) -> Images:
    x, _ = found.parts[found.part(part)]
    return in_memory(lambda: found.images(part), 4 * x.size if x.dtype == np.uint8 else 0)


BUDGET.spare(_own.clear)


def in_memory(read: Callable[[], T], size: int) -> T:
    """What `read` gives, which takes `size` bytes of the server's memory until it is gone.

    Raises
    ------
    NoRoomError
        If they are not free.
    """
    with BUDGET.reserve(size, "take a set with fewer images, or wait until others need theirs no more") as room:
        found = read()
        room.keep(size, found)
    return found


def _uploader(linked: Linked, name: str) -> None:
    """Files that are missing, or a set of one's own; which is chosen as soon as it has been read."""
    given = st.file_uploader(
        "Files of images", key=f"{linked.key(NAME)}-file", accept_multiple_files=True, label_visibility="collapsed"
    )
    if not given:
        return
    files = tuple(upload.file_id for upload in given)
    refused = STATE.refused
    if refused is not None and refused[:2] == (files, name):  # not read again by every run
        complain(refused[2])
        return
    try:
        arrived = take_files([(upload.name, upload.getvalue()) for upload in given], name)
    except ValueError as error:
        STATE.refused = (files, name, str(error))
        complain(error)
        return
    STATE.arrived = (linked.key(NAME), arrived)
    st.rerun()


def take_files(files: Sequence[tuple[str, bytes]], wanted: str = FILE) -> str:
    """Put the set that files make on the session's shelf; `wanted` is what was chosen. Returns its name there.

    Files of a known set take that set's place; an NPZ is always a set of its own.

    Raises
    ------
    ValueError
        If the files are no images, or those of another set.
    """
    size = sum(len(data) for _, data in files)
    found = in_memory(lambda: read_set(files), UNPACKED * size)
    known = IMAGE_SETS.get(wanted)
    if known is None or files[0][1].startswith(b"PK"):
        name = f"own-{found.key}"
    else:
        largest = max(int(y.max()) for _, y in found.parts.values())
        if found.shape != known.shape or largest >= len(known.classes):
            raise ValueError(
                f"these are no images of {known.title}, which are {shape_text(known.shape)} in {len(known.classes)} "
                f"classes, but {shape_text(found.shape)} with labels up to {largest}; choose *a file of your own*"
            )
        name, found = wanted, found.named(known.title, known.classes)
    own_sets().put(name, found)
    return name


def _take_arrived(linked: Linked) -> None:
    """Choose what was just uploaded; before the chooser is drawn."""
    if STATE.arrived is not None and STATE.arrived[0] == linked.key(NAME):
        put(*STATE.arrived)
        del STATE.arrived
