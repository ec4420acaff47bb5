"""Files of runs in the folder of runs: those that this page began, and those of commands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import streamlit as st

from certify.staged_runs.robust_error import COLUMNS
from certify.staged_runs.saved import MAX_BYTES, Saved, from_json
from figures.words import counted, given
from geometry.norms import FILE_NORMS, NORM_SYMBOLS, Norm
from models import Images
from models.by_name import points_key
from models.data.images.images import runs_folder
from pages.shared.box_control import Box
from pages.shared.by_key import BY_KEY
from pages.shared.network_and_data import NetworkAndData

MOST = 50  # files, the newest ones: limits the time of a look into the folder
KEPT = 64  # files and keys that are kept: a limit on memory


@dataclass(frozen=True, eq=False)
class RunFile:
    """The file of a run that decides every point at one ε. Everything in it is untrusted."""

    path: Path
    run: Saved

    @property
    def name(self) -> str:
        """The file's name without its ending, which names the run in links."""
        return self.path.stem

    @property
    def eps(self) -> float:
        """NaN if the file states none."""
        eps = self.run.settings.get("eps")
        return float(eps) if isinstance(eps, (int, float)) else math.nan

    @property
    def norm(self) -> Norm:
        return FILE_NORMS.get(self.run.about.get("norm", ""), math.inf)

    @property
    def box(self) -> Box | None:
        """The legal inputs, of which the provenance says `0.0 to 1.0`."""
        low, to, high = self.run.about.get("box", "").partition(" to ")
        try:
            return (float(low), float(high)) if to else None
        except ValueError:
            return None

    @property
    def title(self) -> str:
        """The question, and the end of the file's name: text from outside."""
        points = counted(len(self.run.answers), "point")
        return f"ε = {given(self.eps)} in {NORM_SYMBOLS[self.norm]}, {points} ({self.name[-8:]})"

    def is_about(self, chosen: NetworkAndData, data_key: str) -> bool:
        """Whether the run is about this network, and these points by their `points_key`."""
        subject = self.run.subject
        if (subject.network, subject.data) != (chosen.network.key, data_key) or not len(subject.numbers):
            return False
        return subject.numbers.min() >= 0 and subject.numbers.max() < len(chosen.x)


def run_files() -> list[RunFile]:
    """The runs in the folder, the newest first. Other files and damaged ones are left out."""
    files = []
    for path in runs_folder().glob("*.json"):
        try:
            status = path.stat()
        except OSError:  # it was just removed
            continue
        if status.st_size <= MAX_BYTES:
            files.append((status.st_mtime_ns, status.st_size, path))
    newest = sorted(files, reverse=True)[:MOST]
    runs = ((path, _read(path, time, size)) for time, size, path in newest)
    return [RunFile(path, run) for path, run in runs if run is not None]


def data_key(chosen: NetworkAndData) -> str:
    """The `points_key` of the data."""
    return points_key(chosen.x, chosen.y) if chosen.images is None else _images_key(chosen.images)


@st.cache_data(show_spinner=False, max_entries=KEPT, hash_funcs=BY_KEY)
def _images_key(images: Images) -> str:
    return points_key(images.x, images.y)


@lru_cache(maxsize=KEPT)
def _read(path: Path, changed: int, size: int) -> Saved | None:
    """The run in a file that was changed at this time; None if it holds none."""
    try:
        run = from_json(path.read_bytes())
    except (ValueError, OSError):
        return None
    names = {column.name for column in run.columns}
    fits = run.command == "robust-error" and run.stages and names >= {column.name for column in COLUMNS}
    return run if fits else None
