"""What Certify and Polytope are about: a network and its data, of the Explore page or images."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

from figures.images.inputs import PIXELS
from figures.provenance import origin
from figures.words import class_name, counted
from geometry import Network
from geometry.norms import Array, Norm
from models import Images
from models.data.images import shape_text
from models.data.toy import Dataset
from models.gallery import fitting, gallery, gallery_title
from pages.shared import link
from pages.shared.asked_state import ASKED, IMAGES
from pages.shared.by_key import BY_KEY
from pages.shared.hand_over import SENT, SENT_TITLE, sent_network
from pages.shared.image_sets import choose_images
from pages.shared.linked_controls import Linked
from pages.shared.network_panel import network_panel
from pages.shared.plain import complain, plain
from pages.shared.plane.data import data_controls
from pages.shared.plane.network import network_controls
from pages.shared.plane.state import PLANE
from pages.shared.plane.training import training_controls
from pages.shared.shipped_networks import shipped_network

FILE = "file"
NETWORK_FILE = "certify-network-file"
BATCH = 1000  # inputs evaluated at once; a limit on memory


@dataclass(frozen=True, eq=False)
class NetworkAndData:
    """A network, in float64, and points with labels that fit it."""

    network: Network
    title: str
    x: Array | NDArray[np.float32]  # (n, *input_shape)
    y: NDArray[np.int64]
    dataset: Dataset | None  # points of the plane; None for images
    link: dict[str, str | None]
    in_link: bool  # whether a link reopens these weights and points
    training: bool = False  # whether the network is being trained
    images: Images | None = None  # the image set; None for points of the plane
    own: tuple[str, ...] = ()  # parts that a link cannot hold: "images", "network"
    bands: tuple[str, ...] = ()  # the names of the classes where they are bands of a number

    @property
    def box(self) -> tuple[float, float] | None:
        """The default box of legal inputs."""
        return None if self.images is None else self.images.limits

    @property
    def data_title(self) -> str:
        """The name and the number of the points; it may hold text from outside."""
        name = "" if self.images is None else self.images.name
        name = name if self.dataset is None else f"{self.dataset.name}, {self.dataset.key}"
        return f"{name}, {counted(len(self.x), 'point')}"

    def about(self, content: str) -> dict[str, str]:
        """The provenance of a file about this network and these points; `content` describes what the file holds."""
        return origin(content, self.title, self.data_title, weights=self.network.key)

    def class_name(self, index: int) -> str:
        """The name of a class; it may be text from outside."""
        if self.bands:
            return self.bands[index]
        return class_name(index) if self.images is None else self.images.label(index)

    def labelled(self) -> NetworkAndData:
        """The same without the points of unknown class."""
        is_labelled = self.y >= 0
        return self if is_labelled.all() else replace(self, x=self.x[is_labelled], y=self.y[is_labelled])


def plane_network_and_data() -> NetworkAndData:
    """The data and the network of the Explore page."""
    points = data_controls()
    base = network_controls(points.dataset)
    shown = training_controls(base, points)
    run = PLANE.run
    return NetworkAndData(
        shown.network,
        shown.title,
        np.array(points.dataset.x),
        band_labels(shown.network, points.dataset) if shown.bands else np.array(points.dataset.y),
        points.dataset,
        {**points.link, **base.link, **shown.link},
        points.in_link and shown.in_link,
        bands=shown.bands,
        training=run is not None and run.trainer.state == "running",
    )


def image_network_and_data() -> NetworkAndData | None:
    """Images, and a network that another page sent, of the gallery, or from a file.

    None while something is missing; the page then shows the reason.
    """
    linked = Linked()
    ASKED.missing = "images"
    chosen = choose_images(linked)
    if chosen is None:
        return None
    ASKED.missing = "network"
    images, parts = chosen.images, {"of": IMAGES, **linked.parts}
    titles = network_titles(images)
    sent = sent_network(images.shape)
    default = next(iter(titles))
    source = linked.choice("Network", "trained", {**titles, FILE: "from a file …"}, default)
    parts |= {"trained": linked.parts["trained"] if source != SENT else FILE}
    try:
        if source == SENT and sent is not None:
            st.caption(f"{plain(sent.title)}. {sent.note}")
            found: tuple[Network, str, tuple[str, ...]] | None = sent.network, sent.title, sent.bands
        else:
            found = _from_file(images) if source == FILE else _shipped(source, images)
    except ValueError as error:
        complain(error)
        return None
    if found is None:
        return None
    network, title, bands = found
    ASKED.missing = "fit"
    if bands:
        images = replace(images, y=band_labels(network, images), classes=bands)
    elif network.classes <= images.largest_label:
        complain(f"{title} knows {network.classes} classes, the images have {images.largest_label + 1}")
        return None
    own = (*(() if chosen.in_link else ("images",)), *(("network",) if source in (FILE, SENT) else ()))
    return NetworkAndData(network, title, images.x, images.y, None, parts, not own, images=images, own=own, bands=bands)


@st.cache_data(show_spinner=False, max_entries=16, hash_funcs=BY_KEY)
def band_labels(network: Network, points: Dataset | Images) -> NDArray[np.int64]:
    """(n,) the band of each point's output. It takes the label's place: labels are classes, and the output a number."""
    parts = [network.scores(torch.from_numpy(points.x[k : k + BATCH].astype(np.float64))).argmax(1).numpy()
             for k in range(0, len(points.x), BATCH)]  # fmt: skip
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def network_titles(images: Images) -> dict[str, str]:
    """Titles by name of the networks for these images, besides a file: first the one that another page sent."""
    sent = sent_network(images.shape)
    titles = {} if sent is None else {SENT: f"{sent.title}, {SENT_TITLE}"}
    titles |= {name: gallery_title(name) for name in fitting(images.shape, images.largest_label + 1)}
    return titles or {FILE: "from a file …"}


def _shipped(name: str, images: Images) -> tuple[Network, str, tuple[str, ...]]:
    shipped = shipped_network(name)
    if shipped.network.input_shape != images.shape:
        raise ValueError(
            f"{gallery_title(name)} is for images {shape_text(shipped.network.input_shape)}, these are "
            f"{shape_text(images.shape)}; choose other images or a network from a file"
        )
    st.caption(f"{100 * shipped.card.clean_error:.2f} % test error")
    return shipped.network, gallery_title(name), ()


def _from_file(images: Images) -> tuple[Network, str, tuple[str, ...]] | None:
    loaded = network_panel(images, NETWORK_FILE)
    return None if loaded is None else (loaded.network, loaded.title, loaded.bands)


def missing_words() -> str:
    """What is missing, and how to give it, while there are no images with a network: as Markdown."""
    if ASKED.missing == "fit":
        return "**The network and the images do not fit together**: choose others of either in the sidebar."
    if ASKED.missing != "images":
        return (
            "**Upload a network** for these images in the sidebar, and say there how it is meant if its file leaves "
            "that open."
        )
    chosen = ASKED.trained or link.opened("trained", link.anything, "")
    network = f" Their network, {plain(gallery_title(chosen))}, is here." if chosen in gallery() else ""
    return f"**The images are missing.** Give their file under *Images* in the sidebar, or choose another set.{network}"


def usual_reach(chosen: NetworkAndData, p: Norm) -> float:
    """The default range of ε for charts."""
    if chosen.dataset is None:
        low, high = chosen.box or PIXELS
        return (high - low) * (20.0 if p == 1 else 3.0 if p == 2 else 0.2)
    s0, s1, _, _ = chosen.dataset.window
    return float(f"{(s1 - s0) / 10:.1g}")


def share_note(chosen: NetworkAndData) -> None:
    """Says whether the link in the address bar reopens the page, and what it lacks otherwise."""
    if chosen.in_link:
        st.caption(":material/link: The link in the address bar reopens this page.")
    elif chosen.dataset is None:
        own, pronoun = " and the ".join(chosen.own), "both" if len(chosen.own) > 1 else "it"
        st.caption(f":material/link_off: The link has everything but the {own}: who opens it uploads {pronoun} again.")
    else:
        st.caption(
            ":material/link_off: Your points or weights are not in the link: save them in Explore, under *Export*."
        )
