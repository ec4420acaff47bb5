"""Opens the network of a row on Slices, Certify or Explore."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
import torch

from geometry import as_network
from geometry.norms import FILE_NORMS
from models.data.images import available_images
from models.data.toy import DATASETS
from models.gallery import gallery
from pages.shared.asked_state import ASKED, IMAGES
from pages.shared.hand_over import Sent, hand_over
from pages.shared.linked_controls import set_values
from pages.shared.plane.network import use_network
from pages.shared.plane.state import PLANE
from pages.shared.to_slices import NONE, PREFIX, show_on_slices
from pages.shared.view_options import set_norm
from papers import Result, Row, Settings
from papers.sources import Preset, Trained, opened_file

SCRIPTS = {page: f"pages/{page}/page.py" for page in ("slices", "certify", "explore")}
SAMPLE = "mnist-5k"  # digits that need no files


@dataclass(frozen=True)
class Openable:
    """A network that is on this machine: of the gallery, by its name, or in a file."""

    name: str
    path: Path | None = None  # of a file
    toy: bool = False  # for points of the plane


def openable(row: Row, result: Result | None) -> Openable | None:
    """The network of a row's result, or the one that the row would measure; None if it is not here."""
    source = row.source
    if isinstance(source, Preset):
        return Openable(source.name, toy=True)
    name = result.network if result is not None and result.kind == "gallery" else getattr(source, "name", "")
    if name in gallery():
        return Openable(name)
    if not isinstance(source, Trained):
        return None
    path = Settings().folder / (result.network if result is not None else f"{source.name}.safetensors")
    return Openable(path.name, path, row.dataset in DATASETS) if path.is_file() else None


def pages_for(network: Openable) -> tuple[str, ...]:
    """The pages that show such a network."""
    return ("explore",) if network.toy else ("slices", "certify")


def open_network(network: Openable, row: Row, page: str) -> None:
    """Show the network on this page of the app, with the row's norm.

    Raises
    ------
    ValueError
        If its file holds no network.
    """
    if network.toy:
        opened = Preset(network.name).open(Settings()) if network.path is None else opened_file(network.path)
        PLANE.data = row.dataset
        use_network(opened.network, opened.card.title if opened.card else opened.name)
    else:
        _open_for_images(network, images_for(row), page)
    norm = row.setting.get("p")
    if isinstance(norm, str) and norm in FILE_NORMS:
        set_norm(FILE_NORMS[norm])
    st.switch_page(SCRIPTS[page])


def images_for(row: Row) -> str:
    """The image set of a row if it is on this machine, else the digits that need no files."""
    return row.dataset if row.dataset in available_images() else SAMPLE


def _open_for_images(network: Openable, images: str, page: str) -> None:
    if network.path is None and page == "slices":
        set_values(PREFIX, {"images": images, "first": network.name, "second": NONE})
    elif network.path is None:
        ASKED.of, ASKED.images, ASKED.trained = IMAGES, images, network.name
    else:
        opened = opened_file(network.path)
        module = opened.network
        exact = as_network(module, opened.shape).detached().to(torch.float64)
        hand_over(Sent(exact, module, network.name, "Trained for a row of Papers."), None, images, (0.0, 1.0))
        show_on_slices(images)
