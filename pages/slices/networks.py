"""The networks: of the gallery, untrained, or from a file, whose open questions are asked with the guess filled in."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import streamlit as st
import torch
from torch import nn

from figures.words import sentence
from geometry import Network, as_network
from geometry.affine import Shape
from models import FORMATS, NORMALISATIONS, Images, Recognised, accuracy, image_mlp, load_network, recognise
from models.gallery import gallery, gallery_title, load_shipped
from pages.explore.linked import Linked
from pages.slices.images import PREFIX, Choice

NONE, UNTRAINED, FILE = "none", "untrained", "file"
USUAL = ("mnist-fc1-linf-plain", "mnist-fc1-linf-mmr")
SUFFIXES = [suffix.removeprefix(".") for known in FORMATS for suffix in known.suffixes]
PLAIN = "as it is"
CHECKED = 500  # images that a file's network is tried on
LINK_NAMES = frozenset({"first", "second"})


@dataclass(frozen=True, eq=False)
class Chosen:
    """A network in float64, and what people and caches call it."""

    network: Network
    module: nn.Sequential
    key: str
    title: str
    note: str  # what is known of it, in one line
    in_link: bool


def network_controls(choice: Choice) -> tuple[list[Chosen], dict[str, str | None]]:
    """One or two networks that fit the images; the first of them first. What does not fit is said."""
    linked = Linked(PREFIX)
    there = {name: gallery_title(name) for name in gallery()}
    others = {UNTRAINED: "784-100-10, untrained" if choice.x[0].size == 784 else "untrained", FILE: "from a file …"}
    titles = {**there, **others}
    found = []
    for slot, name, nothing in ((0, "first", {}), (1, "second", {NONE: "no other"})):
        usual = USUAL[slot] if USUAL[slot] in there else (UNTRAINED if slot == 0 else NONE)
        source = linked.choice(("Network", "Beside it")[slot], name, {**titles, **nothing}, usual)
        if source == NONE:
            continue
        try:
            chosen = _chosen(source, choice, slot)
        except ValueError as error:
            st.error(sentence(error), icon=":material/error:")
            continue
        if chosen is not None:
            st.caption(chosen.note)
            found.append(chosen)
    return found, linked.parts


def _chosen(source: str, choice: Choice, slot: int) -> Chosen | None:
    shape = choice.x.shape[1:]
    if source == FILE:
        return _from_file(choice, slot)
    if source == UNTRAINED:
        module = _untrained(shape, max(2, len(choice.classes)))
        return Chosen(_converted(f"untrained-{shape}", module, shape), module, f"untrained-{shape}", "untrained",
                      "Initial weights: what training begins with.", True)  # fmt: skip
    shipped = load_shipped(source)
    if tuple(shipped.input_shape) != tuple(shape):
        raise ValueError(_misfit(gallery_title(source), shipped.input_shape, shape))
    module = shipped.network
    note = f"{100 * shipped.card.clean_error:.2f} % test error, {shipped.card.training.get('epochs', '?')} epochs"
    return Chosen(_converted(f"gallery-{source}", module, shape), module, f"gallery-{source}",
                  gallery_title(source), note, True)  # fmt: skip


@st.cache_resource(show_spinner=False, max_entries=4)
def _untrained(shape: Shape, classes: int) -> nn.Sequential:
    return image_mlp((100,), shape, classes).eval()


@st.cache_resource(show_spinner=False, max_entries=12)
def _converted(key: str, _module: nn.Sequential, shape: Shape) -> Network:
    return as_network(_module, shape).detached().to(torch.float64)


@st.cache_resource(show_spinner="Reading the network …", max_entries=6)
def _recognised(digest: str, _content: bytes) -> Recognised:
    return recognise(_content)


@st.cache_resource(show_spinner="Reading the network …", max_entries=6)
def _read(key: str, _content: bytes, _keywords: dict[str, object]) -> nn.Sequential:
    return load_network(_content, **_keywords)  # type: ignore[arg-type]


@st.cache_data(show_spinner="Trying it on a few images …", max_entries=12)
def _accuracy(key: str, images: str, _module: nn.Sequential, _images: Images) -> float:
    return accuracy(_module, _images, CHECKED)


def _from_file(choice: Choice, slot: int) -> Chosen | None:
    """Upload, the questions that the file leaves open, and how well it does on a few images."""
    shape = tuple(choice.x.shape[1:])
    upload = st.file_uploader(
        "Network file", SUFFIXES, key=f"slices-network-{slot}", label_visibility="collapsed",
        help="; ".join(known.title for known in FORMATS),
    )  # fmt: skip
    kept = f"slices-network-kept-{slot}"
    if upload is not None:
        st.session_state[kept] = (upload.name, upload.getvalue())
    if kept not in st.session_state:
        st.caption(f"A network for inputs {'×'.join(map(str, shape))}: {', '.join(SUFFIXES)}.")
        return None
    name, content = st.session_state[kept]
    digest = hashlib.blake2b(content, digest_size=8).hexdigest()
    found = _recognised(digest, content)
    keywords = _questions(found, slot, shape)
    key = f"file-{digest}-{sorted(keywords.items())}"
    module = _read(key, content, keywords)
    network = as_network(module, shape) if _fits(found, keywords, shape) else None
    if network is None:
        raise ValueError(_misfit(name, found.input_shape, shape))
    if network.classes < 2:
        raise ValueError(f"{name} has {network.classes} output; a classifier has one for each of two classes or more")
    if int(choice.y.max()) >= network.classes:
        raise ValueError(f"{name} knows {network.classes} classes, these images have {int(choice.y.max()) + 1}")
    images = Images(choice.x, choice.y, choice.name, choice.classes)
    share = _accuracy(key, choice.name, module, images)
    note = f"{found.format}; right on {100 * share:.1f} % of {CHECKED} images"
    if share < 0.5:
        note += ". That is little: is another reading or normalisation meant?"
    return Chosen(_converted(f"{key}-{shape}", module, shape), module, key, name, note, False)


def _fits(found: Recognised, keywords: dict[str, object], shape: Shape) -> bool:
    asked = keywords.get("input_shape", found.input_shape)
    return tuple(asked) == tuple(shape)  # type: ignore[arg-type]


def _questions(found: Recognised, slot: int, shape: Shape) -> dict[str, object]:
    """What the file leaves open, asked with the likeliest answer filled in."""
    keywords: dict[str, object] = {}
    if len(found.readings) > 1:
        fitting = [reading for reading in found.readings if tuple(reading.input_shape) == tuple(shape)]
        ways = fitting or list(found.readings)
        number = st.selectbox(
            "Read as", range(len(ways)), format_func=lambda i: str(ways[i]), key=f"slices-reading-{slot}",
            help="The file holds bare weights: shapes leave this open. The first is the likeliest.",
        )  # fmt: skip
        keywords |= ways[number or 0].keywords()
    if math.prod(found.input_shape) == math.prod(shape) and len(found.input_shape) == 1:
        keywords["input_shape"] = shape  # it flattens them itself
    if found.cascade > 1:
        keywords["cascade"] = st.number_input(
            "Which of the cascade", 0, found.cascade - 1, key=f"slices-cascade-{slot}"
        )
    if not found.normalises:
        fitting_names = [name for name, (mean, _) in NORMALISATIONS.items() if len(mean) in (1, shape[0])]
        names = [PLAIN, *fitting_names]
        name = st.selectbox(
            "Inputs are normalised", names, key=f"slices-normalise-{slot}",
            help="Whether the network was trained on (x − mean) / std. The share of right images tells.",
        )  # fmt: skip
        if name != PLAIN:
            keywords["normalize"] = NORMALISATIONS[name]
            keywords.setdefault("input_shape", tuple(shape))
    return keywords


def _misfit(name: str, takes: Shape, shape: Shape) -> str:
    wanted, given = ("×".join(map(str, each)) for each in (takes, shape))
    return f"{name} takes inputs {wanted}, these images are {given}: choose other images or another network"
