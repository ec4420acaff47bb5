"""The input that Polytope asks about: the pin of the Explore page, or one of the images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from geometry.norms import Array
from pages.shared import link
from pages.shared.asked_state import ASKED, AskedState
from pages.shared.hand_over import sent_image
from pages.shared.network_and_data import NetworkAndData
from pages.shared.plane.state import PLANE


@dataclass(frozen=True, eq=False)
class Asked:
    """One input, with its title and its part of the link."""

    x: Array | None  # (1, *input_shape); None before anything is pinned
    link: dict[str, str | None]
    title: str = ""  # names the input


def asked_point(chosen: NetworkAndData) -> Asked:
    """The pinned point of the plane, or the image whose number is chosen in the sidebar."""
    if chosen.dataset is not None:
        pin = PLANE.pin
        parts = {"pin": None if pin is None else link.joined(pin, 12)}
        return Asked(None if pin is None else np.array([pin]), parts, "" if pin is None else link.joined(pin, 12))
    sent = sent_image(chosen.x.shape[1:], ASKED.images)
    if sent is not None and st.toggle(
        "The image sent from Slices", value=True, key="certify-take-sent", help="Off: an image of the set."
    ):
        return Asked(sent.x[None], {}, "an image sent from Slices")
    link.start(AskedState.image.key, "image", link.whole(0, 10**6), 0)
    last = len(chosen.x) - 1
    ASKED.image = now = min(ASKED.image, last)
    index = st.number_input(
        "Image", 0, last, now, key=AskedState.image.key, persist_state="session", help="Its number in the set."
    )
    return Asked(
        chosen.x[index : index + 1].astype(np.float64), {"image": link.unless(index, 0)}, f"number {index} of the set"
    )
