"""The table of rows: a CSV, HAR's text files, or another set of vectors that is on this machine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import streamlit as st

from geometry.content import content_key
from models.data.images import IMAGE_SETS, data_folder, load_images, read_set
from models.data.images.catalogue import available_images
from models.data.images.formats.bundle import Bundle, bundled, uploaded
from models.data.images.sets import HAR_ZIP
from models.vectors.table import Table, feature_names, read_csv, table_of
from pages.shared import link
from pages.shared.linked_controls import Linked
from pages.shared.plain import complain, plain
from pages.shared.state import Record, Value, put, read

NONE, FILE = "none", "file"
NAMES_FILE = "features.txt"
ZIPS = (HAR_ZIP, HAR_ZIP.replace("+", " "), "UCI HAR Dataset.zip")
WITH_NAMES = (NAMES_FILE, f"UCI HAR Dataset/{NAMES_FILE}", *ZIPS)  # where the names of HAR's features may lie
OWN = re.compile(r"table-[0-9a-f]{16}")  # the name of an uploaded table in links, by its content
WANTED = (
    "A CSV, its first row the names of the inputs; or UCI HAR's text files, X_test.txt and y_test.txt with "
    "features.txt, or its zip."
)


class RowsState(Record):
    """The table that this session uploaded last, with its name in links."""

    own: Value[tuple[str, Table] | None] = Value("slices-own-table", None)
    arrived: Value[str | None] = Value("slices-table-arrived", None)
    refused: Value[tuple[tuple[str, ...], str] | None] = Value("slices-table-refused", None)


STATE = RowsState()


def row_controls(linked: Linked) -> tuple[Table | None, bool]:
    """The chooser of a table, and an uploader. The table, and whether a link reopens it."""
    if STATE.arrived is not None:
        put(linked.key("rows"), STATE.arrived)
        del STATE.arrived
    titles = {NONE: "no table"}
    titles |= {
        name: IMAGE_SETS[name].title if name in IMAGE_SETS else name
        for name in available_images()
        if _has_vectors(name)
    }
    own = STATE.own
    if own is not None:
        titles[own[0]] = own[1].name
    titles[FILE] = "a file of your own …"
    now = read(linked.key("rows")) or link.opened("rows", link.anything, "")
    if OWN.fullmatch(str(now)) and now not in titles:
        titles[str(now)] = "own table, not here"
    chosen = linked.choice(
        "Rows", "rows", titles, NONE, help="A table of inputs: rows to start from, or to slice through."
    )
    if chosen == NONE:
        return None, True
    if own is not None and chosen == own[0]:
        if own[1].note:
            st.caption(plain(own[1].note))
        return own[1], False
    if chosen == FILE or OWN.fullmatch(chosen):
        if chosen != FILE:
            st.warning("The link names a table of someone's own, which it does not hold: upload it here.",
                       icon=":material/upload_file:")  # fmt: skip
        st.caption(WANTED)
        _uploader()
        return None, False
    try:
        return _library(chosen, str(data_folder())), True
    except (FileNotFoundError, ValueError) as error:
        complain(error)
        return None, True


def _has_vectors(name: str) -> bool:
    return len(IMAGE_SETS[name].shape) == 1 if name in IMAGE_SETS else False


@st.cache_resource(show_spinner="Reading the table …", max_entries=2)
def _library(name: str, folder: str) -> Table:
    """A set of vectors in the data folder, with the names of its inputs where HAR's features.txt lies beside it."""
    names: tuple[str, ...] = ()
    for place in (Path(folder) / sub for sub in IMAGE_SETS[name].folders):
        present = [path for path in WITH_NAMES if (place / path).exists()]
        if present and not names:
            with bundled(place, present) as files:
                names = _names_in(files)
    return table_of(load_images(name, "test", Path(folder)), names)


def _uploader() -> None:
    uploads = st.file_uploader(
        "Table", key="slices-table-file", accept_multiple_files=True, label_visibility="collapsed", help=WANTED
    )
    if not uploads:
        return
    ids = tuple(upload.file_id for upload in uploads)
    if STATE.refused is not None and STATE.refused[0] == ids:
        complain(STATE.refused[1])
        return
    try:
        with st.spinner("Reading the table …"):
            table = read_table([(upload.name, upload.getvalue()) for upload in uploads])
    except ValueError as error:
        STATE.refused = (ids, str(error))
        complain(error)
        return
    name = f"table-{content_key(table.key)}"
    STATE.own, STATE.arrived = (name, table), name
    st.rerun()


def read_table(files: Sequence[tuple[str, bytes]]) -> Table:
    """The table in uploaded files: one CSV, or the files of a set of vectors.

    Raises
    ------
    ValueError
        In one sentence: what is wrong with which file.
    """
    if len(files) == 1 and not files[0][1].startswith(b"PK") and PurePosixPath(files[0][0]).suffix != ".npz":
        return read_csv(files[0][1], files[0][0])
    with uploaded(files) as bundle:
        names = _names_in(bundle)
    others = [(name, data) for name, data in files if PurePosixPath(name).name != NAMES_FILE]
    return table_of(read_set(others).images("test"), names)


def _names_in(files: Bundle) -> tuple[str, ...]:
    """The names in the first features.txt among the files; none without one."""
    path = next((path for path in files.paths if PurePosixPath(path).name == NAMES_FILE), None)
    return () if path is None else feature_names(files.read(path, 1_000_000))
