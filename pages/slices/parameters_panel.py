"""The main panel over two parameters: the regions of the networks behind the family, the rectangle, and its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import numpy as np
import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator

from certify import PlaneProof
from figures.images.inputs import shown as pixels_shown
from figures.provenance import origin
from figures.regions.overlays import Ball, Overlays, Window
from figures.svg.thumbnails import on_scale
from geometry.norms import Array
from pages import heights
from pages.region_view import picture_place, region_view
from pages.shared import link
from pages.shared.background.own_run import drawing
from pages.shared.background.worker import Worker
from pages.shared.plain import plain
from pages.shared.theme import browser_theme
from pages.slices import view_options
from pages.slices.export import Drawn
from pages.slices.images import Choice
from pages.slices.main_panel import (
    FOLLOW,
    class_chips,
    current_picture,
    heading,
    picture_worker,
    shared_options,
    watch,
    whole_window_button,
)
from pages.slices.networks import ShownNetwork
from pages.slices.parameters.controls import ParameterPlane
from pages.slices.parameters.proofs import network_of_parameters, proofs
from pages.slices.parameters.words import verdict
from pages.slices.parameters_export import export
from pages.slices.pictures import SlicePicture, pictures, standing, wait
from pages.slices.plane import Slice
from pages.slices.state import STATE
from pages.slices.view_options import ViewControls, interactions_link, view_key

NORM_OF_FILLS = 2  # in which the fill by gradient measures: no norm of images belongs to parameters


def parameters_panel(
    chosen: Sequence[ShownNetwork],
    choice: Choice,
    where: ParameterPlane,
    shown: ViewControls,
    parts: Mapping[str, str | None],
) -> None:
    """Pictures with the rectangle and its verdict, and the pinned image; redrawn when a worker has a new result."""
    with drawing():
        _draw(chosen, choice, where, shown, parts)


def _draw(
    chosen: Sequence[ShownNetwork],
    choice: Choice,
    where: ParameterPlane,
    shown: ViewControls,
    parts: Mapping[str, str | None],
) -> None:
    clock = st.container(key="slices-clock")
    view_options.take_interactions(len(chosen), where.window)
    composed = [replace(net, network=network_of_parameters(net.network, where.family)) for net in chosen]
    place = Slice(where.plane, where.points, where.names, where.labels, where.window, where.link)
    place = replace(place, of=where.family.key, moved="{} and {}".format(*where.family.names))
    workers = [picture_worker(slot, net, place, shown) for slot, net in enumerate(composed)]
    pictures.end_own(lambda worker: worker.busy and worker not in workers)
    provers = [proofs(net.network, where.family, where.rectangle) for net in chosen]
    corner = _tools(choice.named(chosen[0].bands), chosen, where, provers)
    wait(workers)
    watched = [(worker, standing(worker)) for worker in (*workers, *provers)]
    current = [current_picture(slot, net, place, worker) for slot, (net, worker) in enumerate(zip(composed, workers))]
    drawn: list[Drawn] = []
    for slot, column in enumerate(st.columns(len(chosen), gap="small")):
        with column:
            drawn += _view(
                slot, composed[slot], current[slot], workers[slot], provers[slot], choice, where, shown, len(chosen)
            )
    with corner:
        export(drawn, chosen, provers, choice, place, browser_theme())
    for slot, column in enumerate(st.columns(len(chosen), gap="small")):
        with column:
            _verdict(slot, chosen[slot], provers[slot], choice.named(chosen[slot].bands), where)
    _pinned(chosen, choice, where)
    st.caption(_what_is_drawn(where))
    link.write({**parts, **interactions_link()})
    changing = any(worker.busy or standing(worker) != mark for worker, mark in watched)
    with clock:
        st.fragment(watch, run_every=FOLLOW if changing else None)(watched)


def _tools(
    choice: Choice, chosen: Sequence[ShownNetwork], where: ParameterPlane, provers: Sequence[Worker[Any]]
) -> DeltaGenerator:
    """The row over the pictures; returns a container at its end, filled later."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="picture-tools"):
        st.html(class_chips(choice.named(chosen[0].bands), len(chosen[0].bands)))
        st.space("stretch")
        if any(prover.busy for prover in provers):
            st.button("Stop", icon=":material/stop:", key="slices-stop-proof", on_click=_stop, args=(provers,),
                      help="Ends the proof; the picture stays.")  # fmt: skip
        elif any(prover.state == "stopped" for prover in provers):
            st.button("Again", icon=":material/replay:", key="slices-proof-again", on_click=_again,
                      args=(chosen, where), help="The proof from the beginning.")  # fmt: skip
        whole_window_button("rectangle")
        return st.container(width="content")


def _stop(provers: Sequence[Worker[Any]]) -> None:
    for prover in provers:
        prover.stop()


def _again(chosen: Sequence[ShownNetwork], where: ParameterPlane) -> None:
    for net in chosen:
        proofs.drop(net.network, where.family, where.rectangle)


def _view(
    slot: int,
    net: ShownNetwork,
    picture: SlicePicture | None,
    worker: Worker[SlicePicture],
    prover: Worker[Any],
    choice: Choice,
    where: ParameterPlane,
    shown: ViewControls,
    count: int,
) -> list[Drawn]:
    st.html(heading(net, picture, worker, where.window))
    if worker.message:
        st.error(plain(worker.message), icon=":material/error:")
    height = heights.slices(count)
    place = picture_place(view_key(slot), height)
    if picture is None:
        place.caption("The first picture is on its way.")
        return []
    proof: PlaneProof | None = prover.found.get("proof")
    options = replace(
        shared_options(slot, net, picture, choice, where.window, shown),
        norm=NORM_OF_FILLS,
        axes=where.family.names,
        said="" if proof is None else f"{proof.status} over the rectangle",
        about=origin("linear regions over two parameters", net.title, choice.images.name, weights=net.network.key),
    )
    family = where.family
    basis = np.stack([family.origin, family.u, family.v]).astype(np.float32)
    frame = replace(picture.frame, basis=basis if family.origin.ndim == 3 else None)
    overlays = Overlays(
        pin=STATE.pin,
        balls=_rectangles(where.rectangle, proof),
        witness=None if proof is None or proof.counterexample is None else proof.counterexample.parameters,
        points=where.points,
        labels=np.where(where.labels < 0, 0, where.labels),
    )
    with place:
        region_view(
            on_scale(frame, choice.limits), overlays=overlays, options=options, key=view_key(slot), height=height
        )
    return [(net, picture, overlays, options)]


def _rectangles(asked: Window, proof: PlaneProof | None) -> tuple[Ball, ...]:
    """The rectangle, as proved or attacked; with the part that is proved around the original."""
    if proof is None or proof.status == "proved":
        return (Ball("proved", _outline(asked), "" if proof is None else "proved"),)
    inner = proof.around_original
    around = () if inner is None or not proof.radius else (Ball("proved", _outline(inner), "proved"),)
    label = "broken" if proof.status == "broken" else "not decided"
    return (Ball("attacked", _outline(asked), label), *around)


def _outline(window: Window) -> Array:
    s0, s1, t0, t1 = window
    return np.array([[s0, t0], [s1, t0], [s1, t1], [s0, t1]])


def _verdict(slot: int, net: ShownNetwork, prover: Worker[Any], choice: Choice, where: ParameterPlane) -> None:
    """The sentence, and the image where the class breaks beside the original one."""
    proof: PlaneProof | None = prover.found.get("proof")
    if proof is None:
        if prover.message:
            st.error(plain(prover.message), icon=":material/error:")
        elif prover.state == "stopped":
            st.caption("The proof was stopped. *Again* begins it anew.")
        else:
            st.caption(f"Proving the class over the rectangle {prover.waits or '…'}")
        return
    st.html(verdict(net.title, proof, prover.found.get("bounds"), choice.classes, browser_theme()))
    if proof.counterexample is not None and where.family.origin.ndim == 3:
        original = where.family.inputs([proof.original])[0]
        label = plain(choice.label(proof.counterexample.label))
        tiles = (
            (original, f"original: {plain(choice.label(proof.label))}"),
            (proof.counterexample.image, f"there: {label}"),
        )
        with st.container(key=f"slices-tiles-{slot}"):
            for column, (image, caption) in zip(st.columns(4, gap="small"), tiles):
                column.image(
                    pixels_shown(image, choice.limits), caption, width="stretch", alt=f"{net.title}: {caption}"
                )


def _pinned(chosen: Sequence[ShownNetwork], choice: Choice, where: ParameterPlane) -> None:
    """The image at the pinned parameters, and what each network says of it."""
    if STATE.pin is None:
        st.caption("Click in a picture for the image at those parameters.")
        return
    image, (first, second), (s, t) = where.family.inputs([STATE.pin])[0], where.family.names, STATE.pin
    columns = st.columns([1, 5], gap="medium")
    with columns[0], st.container(key="slices-pinned"):
        st.image(pixels_shown(image, choice.limits), "the pinned image", width="stretch", alt="The pinned image")
    with columns[1]:
        st.html(f'<div data-testid="pinned-parameters">{escape(f"{first} {s:.4g}, {second} {t:.4g}")}</div>')
        for net in chosen:
            with torch.no_grad():
                scores = net.network.scores(torch.from_numpy(image[None]))[0]
            best = scores.topk(2).values
            seen = escape(choice.named(net.bands).label(int(scores.argmax())))
            st.html(f"<div>{escape(net.title)}: seen as <b>{seen}</b>, margin {float(best[0] - best[1]):.3g}</div>")
        st.button(
            "Take the pin away", type="tertiary", icon=":material/close:", key="slices-unpin", on_click=_unpin
        )  # fmt: skip


def _unpin() -> None:
    STATE.pin = None


def _what_is_drawn(where: ParameterPlane) -> str:
    clip = where.family.box
    lines = "" if clip is None else " Some of its lines are where a pixel reaches a limit and is clipped."
    first, second = where.family.names
    return (
        f"Across: {first}; upwards: {second}. Every point is an image, and the regions are those of the network behind "
        f"it.{lines} Distances here are differences of parameters, not of images: so there are no balls, distances or "
        "heat maps as on planes through images."
    )
