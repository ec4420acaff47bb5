"""The Explore page, from top to bottom the way of the data: hands, controls, network, regions, picture, words."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from figures.certificate import certificate_overlays
from figures.overlays import Overlays, ViewOptions, Window
from figures.words import sentence
from geometry import Network, Plane, region_at, theorem_3_1
from pages.explore import data, hands, link, look, network, training
from pages.explore.export import export_controls, share_note
from pages.explore.numbers import badge, numbers, truncation_notice
from pages.explore.picture import Picture, converted, data_numbers, picture
from pages.explore.reading import empty_panel, reading_panel
from pages.polytope.send import polytope_button
from pages.region_view import region_view
from pages.teaching import tour_button

LINK_NAMES = frozenset().union(*(part.LINK_NAMES for part in (data, hands, look, network, training)))
PICTURE_HEIGHT = "clamp(420px, calc(100vh - var(--above-the-picture, 180px)), 56vw)"


def explore() -> None:
    busy = _title()
    link.check_names("explore", LINK_NAMES)
    complaints = st.container()
    happened = hands.take_hands()

    with st.sidebar:
        points = data.data_controls()
        base = network.network_controls(points.dataset)
        shown = training.training_controls(base, points)
        net = converted(shown.key, shown.network)
        looks = look.look_controls(net.widths, points.dataset.window)
        exports = st.container()

    main, panel = st.columns([5, 2], gap="medium")
    with panel:
        p, norm_link = look.norm_control()
    with main:
        hands.picture_tools(happened, looks, points)
        with busy:
            found = _picture(shown, net, looks, points.dataset.window)
        truncation_notice(found, looks.limit)

    overlays = Overlays()
    if happened.pin is not None:
        region, theorem = region_at(net, happened.pin), theorem_3_1(net, happened.pin, p)
        overlays = certificate_overlays(region, theorem, p, Plane.identity(), found.regions.window)
    overlays = replace(overlays, points=points.dataset.x, labels=points.dataset.y)
    options = ViewOptions(
        fill=looks.fill,
        norm=p,
        hidden_layers=looks.hidden_layers,
        lit_unit=looks.lit_unit,
        show_boundary=looks.boundary,
        show_points=looks.points,
        edit_points=happened.edit,
        colour_blind=looks.colour_blind,
        badge=badge(found),
        home=looks.window if shown.key != base.key else found.regions.window,  # steady while training
        view=happened.view,
    )
    with main:
        region_view(found.frame, overlays=overlays, options=options, key=hands.VIEW_KEY, height=PICTURE_HEIGHT)
    with panel:
        if happened.pin is None:
            empty_panel()
            hands.pin_somewhere(points.dataset, looks.window)
        else:
            reading_panel(region, theorem, p, found.regions)
            st.page_link(
                "pages/certify/page.py",
                label="Every bound and attack on this point",
                icon=":material/verified_user:",
                help="The ladder of the Certify page: what can be proved about this point beyond its own region.",
            )
            polytope_button()

    numbers(found, data_numbers(shown.key, points.key, net, points.dataset, p), p)
    with exports:
        export_controls(found, overlays, options, shown, points)
        share_note(shown, points)
    with complaints:
        link.show_complaints()
    link.write({**points.link, **base.link, **shown.link, **looks.link, **norm_link, **happened.link})


def _title() -> DeltaGenerator:
    """The head of the page; returns the place in it that says what is being computed, so that nothing below jumps."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("Linear regions, exactly", anchor=False, width="content")
        st.caption("All parts of the plane on which the network is one affine map, none sampled.", width="content")
        tour_button("explore")
        return st.container(key="busy")


def _picture(shown: training.Trained, net: Network, looks: look.LookControls, home: Window) -> Picture:
    """The regions in the window asked for; around the data where those cannot be."""
    try:
        return picture(shown.key, net, looks.window, looks.limit)
    except ValueError as error:
        st.error(f"{sentence(error)} The window around the data is shown.", icon=":material/error:")
        return picture(shown.key, net, home, looks.limit)


explore()
