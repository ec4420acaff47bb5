"""The Explore page, in the order of the data: interactions, controls, network, regions, picture, text."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from figures.provenance import perturbations
from figures.regions.overlays import Overlays, ViewOptions, Window
from figures.regions.pin_overlays import certificate_overlays
from figures.words import sentence
from geometry import Network, Plane, region_at, theorem_3_1
from pages import heights
from pages.explore import interactions, view_options
from pages.explore.complexity import complexity
from pages.explore.drawn_network import network_panel
from pages.explore.explanation import explanation
from pages.explore.export import about, export_controls, share_note
from pages.explore.numbers import data_numbers, histograms, numbers, shown_numbers, test_error, truncation_notice
from pages.explore.pinned_point import empty_panel, pinned_panel, spoken
from pages.explore.topics import topic_control
from pages.explore.training_bar import training_bar, training_details
from pages.region_view import picture_place, region_view, window_to_find
from pages.shared import link
from pages.shared.measures import PageMeasures, note_shown
from pages.shared.network_and_data import band_labels
from pages.shared.plane import data, network
from pages.shared.plane.picture import RegionPicture, badge, busy_place, picture
from pages.shared.teaching import TEACHING
from pages.shared.to_polytope import polytope_button
from pages.shared.view_options import norm_control
from pages.teaching import teaching_buttons


def explore() -> None:
    busy = _title()
    link.check_names("explore")
    complaints = st.container()
    bar = st.container(key="explore-bar")
    happened = interactions.take_interactions()

    with st.sidebar:
        with st.container():  # a container for each part: an open popover below stays open when the part grows
            points = data.data_controls(simple=True)
        with st.container():
            base = network.network_controls(points.dataset)
        with st.container(key="more-part-training"):
            training_details(points.dataset.window)
        with bar:
            trained = training_bar(base, points)
        net = trained.network
        with st.container():
            controls = view_options.view_controls(net.module_widths, points.dataset.window)
        more = view_options.more_control()
        exports = st.container()

    panel, main = st.columns([5, 7], gap="medium")
    pinned = None if happened.pin is None else region_at(net, happened.pin)
    with panel:
        topic, topic_link = topic_control(pinned is not None)
        beside = st.container() if topic == "network" else picture_place("explore-steps", heights.STEPS)
        if topic == "network":
            with beside:
                network_panel(trained, controls, points.dataset, base.network)
        p, norm_link = norm_control()
    with main:
        interactions.picture_tools(happened, controls, points)
        place = picture_place(interactions.VIEW_KEY, heights.EXPLORE)
        in_window = _picture(net, controls, points.dataset.window, busy)
        in_view = _in_view(net, controls, in_window, happened.view, busy)
        truncation_notice(in_window, controls.limit)

    overlays, spoken_verdict = Overlays(), ""
    if pinned is not None:
        theorem = theorem_3_1(net, pinned.x, p)
        overlays = certificate_overlays(pinned, theorem, p, Plane.identity(), in_view.regions.window)
        spoken_verdict = spoken(theorem, p, pinned.predicted, trained.bands)
    labels = band_labels(net, points.dataset) if trained.bands else points.dataset.y
    overlays = replace(overlays, points=points.dataset.x, labels=labels, asked=TEACHING.asked_point)
    options = ViewOptions(
        fill=controls.fill,
        norm=p,
        hidden_layers=controls.hidden_layers,
        lit_unit=controls.lit_unit,
        show_boundary=controls.boundary,
        show_points=controls.points,
        edit_points=happened.edit,
        colour_blind=controls.colour_blind,
        badge=badge(in_window),
        class_names=trained.bands,
        bands=len(trained.bands),
        network=interactions.NETWORK_KEY,
        count=len(in_window.regions),
        said=spoken_verdict,
        home=controls.window if trained.moment is not None else in_window.regions.window,  # constant while training
        view=happened.view,
        surfaces=True,
        surface=happened.surface,
        about=about("linear regions of the plane", trained, points) | perturbations(p, None),
    )
    with place:
        region_view(
            in_view.frame, overlays=overlays, options=options, key=interactions.VIEW_KEY, height=heights.EXPLORE
        )
    with panel:
        if pinned is None:
            empty_panel()
            interactions.pin_somewhere(points.dataset, controls.window)
        else:
            pinned_panel(pinned, theorem, p, (in_view.regions, in_window.regions), trained.bands)
            st.page_link(
                "pages/certify/page.py",
                label="Every bound and attack on this point",
                icon=":material/verified_user:",
                help="The ladder of the Certify page: what can be proved about this point beyond its own region.",
            )
            polytope_button()

    of_data = data_numbers(net, points.dataset, p, bool(trained.bands))
    with main:
        numbers(in_window, of_data, p, test_error(net, points.test))
    histograms(in_window, of_data)
    complexity(net, in_window, points.dataset, trained.bands)
    if pinned is not None and topic != "network":
        with beside:  # comes last: a search may take seconds
            fits = happened.view is None
            topic_link |= explanation(topic, net, pinned, p, controls.window, trained.bands, fits, busy)
    measured = {} if pinned is None else {"d_B": theorem.d_B, "d_D": theorem.d_D}
    note_shown(PageMeasures("explore", (shown_numbers(in_window, of_data, net) | measured,), net, happened.pin, p))
    with exports:
        export_controls(in_window, in_view, overlays, options, trained, points)
        share_note(trained, points)
    with complaints:
        link.show_complaints()
    parts = {**points.link, **base.link, **trained.link, **controls.link, **norm_link, **topic_link, **happened.link}
    link.write({**parts, "more": more})


def _title() -> DeltaGenerator:
    """The page's title; returns a container beside it for what is being computed, so that nothing below jumps."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="page-head"):
        st.title("Linear regions, exactly", anchor=False, width="content")
        st.caption("All pieces on which the network is one formula, an affine map.", width="stretch")
        teaching_buttons("explore")
        return busy_place()


def _picture(net: Network, controls: view_options.ViewControls, home: Window, busy: DeltaGenerator) -> RegionPicture:
    """The regions in the chosen window; in the window around the data if the chosen one cannot be enumerated."""
    try:
        return picture(net, controls.window, controls.limit, busy)
    except ValueError as error:
        st.error(f"{sentence(error)} The window around the data is shown.", icon=":material/error:")
        return picture(net, home, controls.limit, busy)


def _in_view(
    net: Network,
    controls: view_options.ViewControls,
    in_window: RegionPicture,
    view: Window | None,
    busy: DeltaGenerator,
) -> RegionPicture:
    """The regions of the view: of a wider window on a wide screen, of a smaller one after a zoom."""
    home = in_window.regions.window
    window = window_to_find(interactions.VIEW_KEY, home, view)
    if window == home:
        return in_window
    try:
        return picture(net, window, controls.limit, busy)
    except ValueError:  # beyond what float64 resolves
        return in_window


explore()
