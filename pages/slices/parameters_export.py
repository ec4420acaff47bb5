"""Downloads of the mode of parameters: pictures and regions as on other planes, and each proof."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from certify.parametric.report import proof_to_json
from figures.style.palette import Theme
from pages.shared.background.worker import Worker
from pages.shared.downloads import download
from pages.slices.export import Drawn, origin_of, region_downloads
from pages.slices.images import Choice
from pages.slices.networks import ShownNetwork
from pages.slices.parameters.proofs import SECONDS
from pages.slices.plane import Slice


def export(
    drawn: Sequence[Drawn],
    chosen: Sequence[ShownNetwork],
    provers: Sequence[Worker[Any]],
    choice: Choice,
    where: Slice,
    theme: Theme,
) -> None:
    """A popover with all downloads; each file is made when its button is clicked."""
    with st.popover("Export", icon=":material/download:", key="slices-export"):
        st.caption("PNG: the arrow in a picture's upper left corner saves what you see.")
        for slot, one in enumerate(drawn):
            region_downloads(slot, one, choice, where, theme)
            _proof(slot, chosen[slot], provers[slot], choice, where)


def _proof(slot: int, net: ShownNetwork, prover: Worker[Any], choice: Choice, where: Slice) -> None:
    found = prover.found
    about = origin_of(net, choice, where)("proof over two parameters")
    download(
        "Proof (JSON)",
        partial(_json, found.get("proof"), found.get("bounds", {}), about),
        f"slice-{slot + 1}-proof.json",
        "application/json",
        key=f"slices-proof-{slot}",
        disabled="proof" not in found,
        help="The verdict over the rectangle, what is proved around the original, and the counterexample.",
    )


def _json(proof: Any, bounds: dict[str, float], about: dict[str, str]) -> bytes:
    if proof is None:
        raise ValueError("there is no proof yet")
    return proof_to_json(proof, bounds, about, {"time limit": SECONDS})
