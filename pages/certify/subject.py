"""What is certified: a network and its data; the toy ones of the Explore page, or images."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from figures.words import sentence
from geometry import Network, as_network
from geometry.norms import Array
from models import FORMATS, Images, load_images, load_network
from models.datasets import Dataset
from models.gallery import gallery, gallery_title, load_shipped
from models.images import IMAGE_SETS
from pages.explore import link
from pages.explore.data import data_controls
from pages.explore.linked import Linked
from pages.explore.network import network_controls
from pages.explore.picture import converted
from pages.explore.training import RUN, Run, training_controls

TOY, IMAGES = "toy", "images"
KINDS = {TOY: "Plane", IMAGES: "Images"}
SUFFIXES = [suffix.removeprefix(".") for known in FORMATS for suffix in known.suffixes]
OUT_OF_THE_BOX = "mnist-5k"
FILE = "file"
LINK_NAMES = frozenset({"of", "images", "trained"})
NETWORK_FILE, LAST_FILE = "certify-network-file", "certify-network-last"
SENT = "certify-image-sent"


@dataclass(frozen=True, eq=False)
class Subject:
    """A network, in float64, and points with labels that fit it."""

    network: Network
    network_key: str  # names the weights
    title: str
    x: Array  # (n, *input_shape)
    y: NDArray[np.int64]
    data_key: str  # names the points
    dataset: Dataset | None  # of the plane; None for images
    link: dict[str, str | None]
    in_link: bool  # whether a link leads to these weights and points
    training: bool = False  # the network is still changing


def subject_controls() -> Subject | None:
    """The first section of the sidebar. None, with the reason said there, while something is missing."""
    link.start("of", "of", link.one_of(*KINDS), TOY)
    kind = st.segmented_control(
        "Certify on",
        list(KINDS),
        format_func=KINDS.__getitem__,
        key="of",
        required=True,
        width="stretch",
        persist_state="session",
        help="*Plane*: the data and the network of the Explore page. *Images*: a network and digits of your own.",
    )
    return image_subject() if kind == IMAGES else toy_subject()


def toy_subject() -> Subject:
    """The data and the network of the Explore page."""
    points = data_controls()
    base = network_controls(points.dataset)
    shown = training_controls(base, points)
    run: Run | None = st.session_state.get(RUN)
    return Subject(
        converted(shown.key, shown.network).to(torch.float64),
        shown.key,
        shown.title,
        np.array(points.dataset.x),
        np.array(points.dataset.y),
        points.key,
        points.dataset,
        {**points.link, **base.link, **shown.link},
        points.in_link and shown.in_link,
        training=run is not None and run.trainer.state == "running",
    )


@st.cache_resource(show_spinner="Reading the images …", max_entries=2)
def _loaded(name: str) -> Images:
    return load_images(name)


@st.cache_resource(show_spinner="Reading the network …", max_entries=8)
def _read(key: str, _content: bytes, shape: tuple[int, ...]) -> Network:
    return as_network(load_network(_content, input_shape=shape), shape).to(torch.float64)


@st.cache_resource(show_spinner="Reading the network …", max_entries=8)
def _gallery(name: str) -> tuple[Network, float]:
    shipped = load_shipped(name)
    return as_network(shipped.network, shipped.input_shape).to(torch.float64), shipped.card.clean_error


def image_subject() -> Subject | None:
    """Images, and a network of the gallery or from a file. None, with the reason said, while something is missing."""
    linked = Linked()
    titles = {name: known.title for name, known in IMAGE_SETS.items()}
    name = linked.choice("Images", "images", titles, OUT_OF_THE_BOX)
    try:
        images = _loaded(name)
    except (FileNotFoundError, ValueError) as error:
        st.error(sentence(error), icon=":material/error:")
        return None
    shipped = {known: gallery_title(known) for known in gallery()}
    usual = next(iter(shipped), FILE)
    source = linked.choice("Network", "trained", {**shipped, FILE: "from a file …"}, usual)
    try:
        found = _from_file(images) if source == FILE else _shipped(source, images)
    except ValueError as error:
        st.error(sentence(error), icon=":material/error:")
        return None
    if found is None:
        return None
    network, key, title = found
    if network.classes <= int(images.y.max()):
        st.error(f"{title} knows {network.classes} classes, the images have {int(images.y.max()) + 1}.")
        return None
    x, parts = images.x.astype(np.float64), {"of": IMAGES, **linked.parts}
    return Subject(network, key, title, x, images.y, images.name, None, parts, in_link=source != FILE)


def _shipped(name: str, images: Images) -> tuple[Network, str, str]:
    network, error = _gallery(name)
    if network.input_shape != images.x.shape[1:]:
        raise ValueError(
            f"{gallery_title(name)} is for images {'×'.join(map(str, network.input_shape))}, these are "
            f"{'×'.join(map(str, images.x.shape[1:]))}; choose other images or a network from a file"
        )
    st.caption(f"{100 * error:.2f} % test error")
    return network, f"gallery-{name}", gallery_title(name)


def _from_file(images: Images) -> tuple[Network, str, str] | None:
    shape = images.x.shape[1:]
    upload = st.file_uploader(
        "Network",
        SUFFIXES,
        key=NETWORK_FILE,
        label_visibility="collapsed",
        help=f"A network for inputs of shape {'×'.join(map(str, shape))}: "
        f"{'; '.join(known.title for known in FORMATS)}.",
    )
    if upload is not None:
        st.session_state[LAST_FILE] = (upload.name, upload.getvalue())
    if LAST_FILE not in st.session_state:
        return None
    title, content = st.session_state[LAST_FILE]
    if upload is None:
        st.caption(f"Still in use: {title}")
    key = f"file-{hashlib.blake2b(content, digest_size=8).hexdigest()}"
    return _read(key, content, shape), key, title


def hand_over(title: str, network: bytes, image: Array, images: str) -> None:
    """As if this network had been uploaded and this image, (*input_shape), were one of the set of that name."""
    st.session_state[LAST_FILE] = (title, network)
    st.session_state[SENT] = image
    st.session_state["of"], st.session_state["trained"] = IMAGES, FILE
    if images in IMAGE_SETS:
        st.session_state["images"] = images
    if image.min() < 0 or image.max() > 1:
        st.session_state["box-images"] = ""  # the usual one would leave the image itself out


def what_is_missing() -> None:
    """Where images are chosen but cannot be certified yet."""
    with st.container(border=True):
        st.markdown("**Upload a network** for these images in the sidebar: the ladder of any image begins at once.")
        st.button(
            "Back to the plane",
            icon=":material/undo:",
            key="back-to-plane",
            on_click=lambda: st.session_state.update({"of": TOY}),
        )
