"""The wall as two Streamlit components: the tiles, and an invisible one that carries their images."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from certify.staged_runs.robust_error import ATTACKED, OPEN, PROVED, WRONG
from figures.live_view.javascript import bundle
from geometry.content import content_key
from pages.shared.state import read

HERE = Path(__file__).parent
COLUMNS = 20  # of the sheet of images
MARKS = {WRONG: "≠", ATTACKED: "✕", PROVED: "✓", OPEN: "?"}  # states differ by mark, colour and frame


@dataclass(frozen=True)
class Tile:
    """A point on the wall: its number in the data set, its state and a sentence about it."""

    number: int
    state: str
    says: str


def wall(
    tiles: Sequence[Tile], pictures: Sequence[NDArray[np.uint8]], picked: Callable[[int], None], *, key: str
) -> None:
    """Draw the wall.

    Parameters
    ----------
    tiles : at least one. Their sentences may be text from outside
    pictures : one for each tile, all of one shape, (height, width) or (height, width, 3); none for points of a plane
    picked : called with the number of the tile that was clicked, before the page runs again
    """
    sheet = _sheet(pictures) if pictures else b""
    name = content_key(sheet) if pictures else ""
    data = {
        "sheet": name,
        "columns": COLUMNS,
        "rows": -(-len(tiles) // COLUMNS),
        "tiles": [vars(tile) for tile in tiles],
        "marks": MARKS,
    }

    def heard() -> None:
        state = read(key)
        number = state.get("picked") if isinstance(state, dict) else None
        if isinstance(number, int) and any(number == tile.number for tile in tiles):
            picked(number)

    with st.container(gap=None, key=f"{key}-box"):
        if sheet:
            _carrier()(key=f"{key}-sheet", data=name.encode() + b"\n" + sheet)
        _view()(key=key, data=data, on_picked_change=heard)


def _sheet(pictures: Sequence[NDArray[np.uint8]]) -> bytes:
    """A PNG of all pictures in rows of COLUMNS, each padded to a square."""
    side = max(max(picture.shape[:2]) for picture in pictures)
    rows = -(-len(pictures) // COLUMNS)
    sheet = np.full((rows * side, COLUMNS * side, *pictures[0].shape[2:]), 128, dtype=np.uint8)
    for place, picture in enumerate(pictures):
        height, width = picture.shape[:2]
        top = place // COLUMNS * side + (side - height) // 2
        left = place % COLUMNS * side + (side - width) // 2
        sheet[top : top + height, left : left + width] = picture
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "PNG")
    return file.getvalue()


@cache
def _carrier() -> Any:
    return st.components.v2.component("reluscope_wall_sheet", js=bundle(HERE / "streamlit_sheet.js"))


@cache
def _view() -> Any:
    html, css = ((HERE / f"wall.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
    return st.components.v2.component("reluscope_wall", html=html, css=css, js=bundle(HERE / "streamlit_wall.js"))
