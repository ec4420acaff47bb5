"""The chooser of images of every page: library sets, archives in the data folder, and uploaded sets.

An uploaded set belongs to the session, and every page offers it from then on. A link names it by a hash of its content.
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
    KINDS,
    NEEDS,
    Images,
    OwnSet,
    Part,
    available_images,
    data_folder,
    is_npz,
    load_images,
    missing,
    read_set,
    shape_text,
)
from pages.shared import link
from pages.shared.by_key import BY_KEY
from pages.shared.linked_controls import Linked
from pages.shared.plain import complain, plain, plain_with_addresses
from pages.shared.state import Kept, Record, Value, put, read

NAME, OUT_OF_THE_BOX = "images", "mnist-5k"
FILE = "file"
OWN = re.compile(r"own-[0-9a-f]{16}")  # the name of an uploaded set in links, by its content
MOST = 4  # uploaded sets kept for a session; a limit on memory
UNPACKED = 4  # bytes of images reserved per byte of file: a compressed file grows when it is read
T = TypeVar("T")
SHORT = f"NPZ with x, y and, if you like, classes; or {KINDS}."


@dataclass(eq=False)
class Shelf:
    """The sets that this session uploaded, by their name in choosers and links; the latest last."""

    sets: dict[str, OwnSet] = field(default_factory=dict)

    def put(self, name: str, own_set: OwnSet) -> None:
        self.sets.pop(name, None)
        self.sets[name] = own_set
        while len(self.sets) > MOST:
            del self.sets[next(iter(self.sets))]


class ImageSetState(Record):
    """Uploaded sets, of all pages."""

    shelf: Kept[Shelf] = Kept("image-shelf", Shelf)
    # The key of the chooser below which a set was just uploaded, and the set's name.
    arrived: Value[tuple[str, str] | None] = Value("image-set-arrived", None)
    # Refused files: their upload ids, the set chosen then, and the reason.
    refused: Value[tuple[tuple[str, ...], str, str] | None] = Value("image-files-refused", None)


STATE = ImageSetState()


@dataclass(frozen=True, eq=False)
class ChosenSet:
    """The chosen images, and their name in choosers and links."""

    images: Images
    name: str
    in_link: bool  # whether a link reopens them; of an uploaded file it holds only the name


def choose_images(linked: Linked, part: Part = "test") -> ChosenSet | None:
    """The chooser, and an uploader where images are missing. None without images; the page then says what to do.

    A set with one part serves as both training and test set.
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
            return ChosenSet(_own_images(shelf.sets[name], part), name, in_link=False)
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
        st.warning(plain_with_addresses(missing(name)), icon=":material/upload_file:")
        _uploader(linked, name)
        return None
    if name in IMAGE_SETS and IMAGE_SETS[name].credit:
        st.caption(IMAGE_SETS[name].credit)
    try:
        return ChosenSet(
            _library_images(name, part if part in parts else parts[0], str(data_folder())), name, in_link=True
        )
    except (FileNotFoundError, ValueError) as error:
        complain(error)
        return None


def own_sets() -> Shelf:
    """The sets that this session has uploaded."""
    return STATE.shelf


def _titles(linked: Linked, shelf: Shelf) -> dict[str, str]:
    """Titles of library sets, archives in the data folder, uploaded sets, the upload option, and the link's own set."""
    titles = {name: library_set.title for name, library_set in IMAGE_SETS.items()}
    titles |= {name: name for name in available_images() if name not in IMAGE_SETS}
    titles |= {name: own_set.title for name, own_set in shelf.sets.items()}
    titles[FILE] = "a file of your own …"
    chosen = read(linked.key(NAME)) or link.opened(NAME, link.anything, "")
    if OWN.fullmatch(chosen) and chosen not in titles:
        titles[chosen] = "own images, not here"
    return titles


@st.cache_resource(show_spinner="Reading the images …", max_entries=3)
def _library_images(name: str, part: Part, folder: str) -> Images:
    images = load_images(name, part, Path(folder))
    BUDGET.count(images.x.nbytes, images)
    return images


@st.cache_resource(show_spinner="Reading the images …", max_entries=3, hash_funcs=BY_KEY)
def _own_images(own_set: OwnSet, part: Part) -> Images:
    x, _ = own_set.parts[own_set.part(part)]
    return in_memory(lambda: own_set.images(part), 4 * x.size if x.dtype == np.uint8 else 0)


BUDGET.spare(_own_images.clear)


def in_memory(read: Callable[[], T], size: int) -> T:
    """The value of `read`; reserves `size` bytes of the server's memory until the value is deleted.

    Raises
    ------
    NoRoomError
        If so much memory is not free.
    """
    with BUDGET.reserve(size, "take a set with fewer images, or wait until others need theirs no more") as reservation:
        value = read()
        reservation.keep(size, value)
    return value


def _uploader(linked: Linked, name: str) -> None:
    """An uploader for missing files or a set of one's own; it chooses the set as soon as it has been read."""
    uploads = st.file_uploader(
        "Files of images", key=f"{linked.key(NAME)}-file", accept_multiple_files=True, label_visibility="collapsed"
    )
    if not uploads:
        return
    files = tuple(upload.file_id for upload in uploads)
    refused = STATE.refused
    if refused is not None and refused[:2] == (files, name):  # else every run would read them again
        complain(refused[2])
        return
    try:
        set_name = take_files([(upload.name, upload.getvalue()) for upload in uploads], name)
    except ValueError as error:
        STATE.refused = (files, name, str(error))
        complain(error)
        return
    STATE.arrived = (linked.key(NAME), set_name)
    st.rerun()


def take_files(files: Sequence[tuple[str, bytes]], chosen: str = FILE) -> str:
    """Add the set in these files to the session's sets, and return its name there; `chosen` is the chooser's option.

    Files of a library set replace that set; an NPZ is always a new set.

    Raises
    ------
    ValueError
        If the files are no images, or those of another set.
    """
    size = sum(len(data) for _, data in files)
    own_set = in_memory(lambda: read_set(files), UNPACKED * size)
    library_set = IMAGE_SETS.get(chosen)
    if library_set is None or is_npz(files[0][1]):
        name = f"own-{own_set.key}"
    else:
        if library_set.change is not None:
            own_set = own_set.changed(library_set.change)
        largest = max(int(y.max()) for _, y in own_set.parts.values())
        if own_set.shape != library_set.shape or largest >= len(library_set.classes):
            raise ValueError(
                f"these are no images of {library_set.title}, which are {shape_text(library_set.shape)} in "
                f"{len(library_set.classes)} classes, but {shape_text(own_set.shape)} with labels up to {largest}; "
                "choose *a file of your own*"
            )
        name, own_set = chosen, own_set.named(library_set.title, library_set.classes)
    own_sets().put(name, own_set)
    return name


def _take_arrived(linked: Linked) -> None:
    """Choose the set that was just uploaded. Call it before the chooser is drawn."""
    if STATE.arrived is not None and STATE.arrived[0] == linked.key(NAME):
        put(*STATE.arrived)
        del STATE.arrived
