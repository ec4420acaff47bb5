"""The choice of one or two networks: of the gallery, untrained, sent from another page, or from a file."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import streamlit as st
import torch
from torch import nn

from figures.words import sentence
from geometry import Network, as_network
from geometry.network.affine import Shape
from models import image_mlp
from models.gallery import fitting, gallery_title
from pages.shared.hand_over import SENT, SENT_TITLE, sent_network
from pages.shared.layer_list import input_words
from pages.shared.linked_controls import Linked
from pages.shared.network_panel import network_panel, why_refused
from pages.shared.plain import complain, plain
from pages.shared.shipped_networks import shipped_network
from pages.shared.to_slices import NONE, PREFIX
from pages.slices.images import Choice

UNTRAINED, FILE = "untrained", "file"
USUAL = ("mnist-fc1-linf-plain", "mnist-fc1-linf-mmr")
SLOTS = ("The first network", "The network beside it")


@dataclass(frozen=True, eq=False)
class ShownNetwork:
    """A network in float64, with its title."""

    network: Network
    module: nn.Sequential
    title: str
    note: str  # a line about it; empty if the page shows one already
    in_link: bool
    bands: tuple[str, ...] = ()  # the names of its classes where they are bands of a number


def network_controls(choice: Choice) -> tuple[list[ShownNetwork], dict[str, str | None], list[str]]:
    """One or two networks that fit the images; the page says why another one does not.

    Returns
    -------
    the networks in order, their part of the link, and for each chosen network that is not shown, the reason and what is
    shown instead, as plain text
    """
    linked = Linked(PREFIX)
    gallery_titles = {
        name: gallery_title(name) for name in fitting(choice.images.shape, choice.images.largest_label + 1)
    }
    sent = sent_network(choice.images.shape)
    sent_titles = {} if sent is None else {SENT: f"{sent.title}, {SENT_TITLE}"}
    untrained = f"{math.prod(choice.images.shape)}-100-{_classes(choice)}, untrained"
    titles = {**sent_titles, **gallery_titles, UNTRAINED: untrained, FILE: "from a file …"}
    shown_networks: list[ShownNetwork] = []
    troubles: list[str] = []
    for slot, name, no_network in ((0, "first", {}), (1, "second", {NONE: "no other"})):
        default = USUAL[slot] if USUAL[slot] in gallery_titles else (UNTRAINED if slot == 0 else NONE)
        source = linked.choice(("Network", "Second network, beside it")[slot], name, {**titles, **no_network}, default)
        if source == NONE:
            continue
        try:
            chosen = _chosen(source, choice, slot)
        except ValueError as error:
            complain(error)
            troubles.append(f"{SLOTS[slot]} was refused: {sentence(error)}")
            continue
        refusal = why_refused(_panel_key(slot)) if source == FILE else ""
        if refusal:
            troubles.append(
                f"{SLOTS[slot]} was refused: {refusal}{f' Still in use: {chosen.title}.' if chosen else ''}"
            )
        elif chosen is None:
            troubles.append(f"{SLOTS[slot]} is not there yet: the sidebar says what it needs.")
        if chosen is not None:
            if chosen.note:
                st.caption(chosen.note)
            is_taken = any(chosen.title == other.title for other in shown_networks)
            shown_networks.append(replace(chosen, title=f"{chosen.title} (2)") if is_taken else chosen)
    for name in ("first", "second"):
        if linked.parts[name] == SENT:
            linked.parts[name] = FILE
    alone = f" Shown alone: {shown_networks[0].title}." if len(shown_networks) == 1 else ""
    return (
        shown_networks,
        linked.parts,
        [f"{trouble}{'' if 'Still in use' in trouble else alone}" for trouble in troubles],
    )


def _panel_key(slot: int) -> str:
    return f"slices-network-{slot}"


def _chosen(source: str, choice: Choice, slot: int) -> ShownNetwork | None:
    shape = choice.x.shape[1:]
    sent = sent_network(shape)
    if source == SENT and sent is not None:
        if sent.network.classes <= choice.images.largest_label:
            own_classes, needed = sent.network.classes, choice.images.largest_label + 1
            raise ValueError(f"{sent.title} knows {own_classes} classes, these images have {needed}")
        return ShownNetwork(sent.network, sent.module, sent.title, f"{plain(sent.title)}. {sent.note}", False)
    if source == FILE:
        return _from_file(choice, slot)
    if source == UNTRAINED:
        classes = _classes(choice)
        module, network = _untrained(shape, classes)
        note = "Initial weights: what training begins with."
        return ShownNetwork(network, module, "untrained", note, True)
    shipped = shipped_network(source)
    if tuple(shipped.network.input_shape) != tuple(shape):
        raise ValueError(_misfit(gallery_title(source), shipped.network.input_shape, shape))
    note = f"{100 * shipped.card.clean_error:.2f} % test error, {shipped.card.training.get('epochs', '?')} epochs"
    return ShownNetwork(shipped.network, shipped.module, gallery_title(source), note, True)


def _classes(choice: Choice) -> int:
    """The number of classes of an untrained network."""
    return max(2, choice.images.class_count)


@st.cache_resource(show_spinner=False, max_entries=4)
def _untrained(shape: Shape, classes: int) -> tuple[nn.Sequential, Network]:
    module = image_mlp((100,), shape, classes).eval()
    return module, as_network(module, shape).detached().to(torch.float64)


def _from_file(choice: Choice, slot: int) -> ShownNetwork | None:
    loaded = network_panel(choice.images, _panel_key(slot))
    if loaded is None:
        return None
    return ShownNetwork(loaded.network, loaded.module, loaded.title, "", False, loaded.bands)


def _misfit(name: str, takes: Shape, shape: Shape) -> str:
    takes_words, given_words = input_words(takes), input_words(shape)
    return (
        f"{name} takes {takes_words}, but the images on this page are {given_words} each: "
        "choose other images or another network"
    )
