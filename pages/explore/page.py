"""The Explore page, from top to bottom the way of the data: clicks, controls, network, regions, picture, words."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from figures.provenance import perturbations
from figures.regions.certificate import certificate_overlays
from figures.regions.overlays import Overlays, ViewOptions, Window
from figures.words import sentence
from geometry import Network, Plane, region_at, theorem_3_1
from pages import heights
from pages.explore import interactions, view_options
from pages.explore.export import about, export_controls, share_note
from pages.explore.numbers import data_numbers, numbers, truncation_notice
from pages.explore.pinned_point import empty_panel, pinned_panel, spoken
from pages.region_view import picture_place, region_view, window_to_find
from pages.shared import link
from pages.shared.plane import data, network, training
from pages.shared.plane.picture import Picture, badge, busy_place, picture
from pages.shared.to_polytope import polytope_button
from pages.shared.view_options import norm_control
from pages.teaching import tour_button


def explore() -> None:
    busy = _title()
    link.check_names("explore")
    complaints = st.container()
    happened = interactions.take_interactions()

    with st.sidebar:
        with st.container():  # each part in a place of its own: an open popover below stays open when they grow
            points = data.data_controls()
        with st.container():
            base = network.network_controls(points.dataset)
        with st.container():
            shown = training.training_controls(base, points)
        net = shown.network
        with st.container():
            controls = view_options.view_controls(net.widths, points.dataset.window)
        exports = st.container()

    main, panel = st.columns([5, 2], gap="medium")
    with panel:
        p, norm_link = norm_control()
    with main:
        interactions.picture_tools(happened, controls, points)
        place = picture_place(interactions.VIEW_KEY, heights.EXPLORE)
        found = _picture(net, controls, points.dataset.window, busy)
        seen = _in_view(net, controls, found, happened.view, busy)
        truncation_notice(found, controls.limit)

    overlays, said = Overlays(), ""
    if happened.pin is not None:
        region, theorem = region_at(net, happened.pin), theorem_3_1(net, happened.pin, p)
        overlays = certificate_overlays(region, theorem, p, Plane.identity(), seen.regions.window)
        said = spoken(theorem, p, region.predicted)
    overlays = replace(overlays, points=points.dataset.x, labels=points.dataset.y)
    options = ViewOptions(
        fill=controls.fill,
        norm=p,
        hidden_layers=controls.hidden_layers,
        lit_unit=controls.lit_unit,
        show_boundary=controls.boundary,
        show_points=controls.points,
        edit_points=happened.edit,
        colour_blind=controls.colour_blind,
        badge=badge(found),
        count=len(found.regions),
        said=said,
        home=controls.window if shown.moment is not None else found.regions.window,  # steady while training
        view=happened.view,
        about=about("linear regions of the plane", shown, points) | perturbations(p, None),
    )
    with place:
        region_view(seen.frame, overlays=overlays, options=options, key=interactions.VIEW_KEY, height=heights.EXPLORE)
    with panel:
        if happened.pin is None:
            empty_panel()
            interactions.pin_somewhere(points.dataset, controls.window)
        else:
            pinned_panel(region, theorem, p, (found.regions, seen.regions))
            st.page_link(
                "pages/certify/page.py",
                label="Every bound and attack on this point",
                icon=":material/verified_user:",
                help="The ladder of the Certify page: what can be proved about this point beyond its own region.",
            )
            polytope_button()

    numbers(found, data_numbers(net, points.dataset, p), p)
    with exports:
        export_controls(found, seen, overlays, options, shown, points)
        share_note(shown, points)
    with complaints:
        link.show_complaints()
    link.write({**points.link, **base.link, **shown.link, **controls.link, **norm_link, **happened.link})


def _title() -> DeltaGenerator:
    """The head of the page; returns the place in it that says what is being computed, so that nothing below jumps."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("Linear regions, exactly", anchor=False, width="content")
        st.caption("All parts of the plane on which the network is one affine map, none sampled.", width="content")
        tour_button("explore")
        return busy_place()


def _picture(net: Network, controls: view_options.ViewControls, home: Window, busy: DeltaGenerator) -> Picture:
    """The regions in the window asked for; around the data where those cannot be."""
    try:
        return picture(net, controls.window, controls.limit, busy)
    except ValueError as error:
        st.error(f"{sentence(error)} The window around the data is shown.", icon=":material/error:")
        return picture(net, home, controls.limit, busy)


def _in_view(
    net: Network,
    controls: view_options.ViewControls,
    found: Picture,
    view: Window | None,
    busy: DeltaGenerator,
) -> Picture:
    """The regions of all that is in view: wider than the window where the screen is, and finer after a zoom."""
    home = found.regions.window
    window = window_to_find(interactions.VIEW_KEY, home, view)
    if window == home:
        return found
    try:
        return picture(net, window, controls.limit, busy)
    except ValueError:  # beyond what float64 resolves
        return found


explore()
