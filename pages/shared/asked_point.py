"""The input that Polytope asks about: the pin of the Explore page, or one of the images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from geometry.norms import Array
from models.vectors.inputs import Inputs
from pages.shared import link
from pages.shared.asked_state import ASKED, AskedState
from pages.shared.hand_over import named_inputs, sent_image
from pages.shared.network_and_data import NetworkAndData
from pages.shared.plane.state import PLANE


@dataclass(frozen=True, eq=False)
class Asked:
    """One input, with its title and its part of the link."""

    x: Array | None  # (1, *input_shape); None before anything is pinned
    link: dict[str, str | None]
    title: str = ""  # names the input
    inputs: Inputs | None = None  # what its numbers are, as shares of ranges, where they have names


def asked_point(chosen: NetworkAndData) -> Asked:
    """The pinned point of the plane, or the image whose number is chosen in the sidebar."""
    if chosen.dataset is not None:
        pin = PLANE.pin
        parts = {"pin": None if pin is None else link.joined(pin, 12)}
        return Asked(None if pin is None else np.array([pin]), parts, "" if pin is None else link.joined(pin, 12))
    sent, inputs = sent_image(chosen.x.shape[1:], ASKED.images), named_inputs(ASKED.images)
    thing = "image" if inputs is None else "point"
    if sent is not None and st.toggle(
        f"The {thing} sent from Slices", value=True, key="certify-take-sent", help=f"Off: one of the set's {thing}s."
    ):
        return Asked(sent.x[None], {}, f"the {thing} sent from Slices", inputs)
    link.start(AskedState.image.key, "image", link.whole(0, 10**6), 0)
    last = len(chosen.x) - 1
    ASKED.image = now = min(ASKED.image, last)
    index = st.number_input(
        thing.capitalize(),
        0,
        last,
        now,
        key=AskedState.image.key,
        persist_state="session",
        help="Its number in the set.",
    )
    return Asked(
        chosen.x[index : index + 1].astype(np.float64),
        {"image": link.unless(index, 0)},
        f"number {index} of the set",
        inputs,
    )
