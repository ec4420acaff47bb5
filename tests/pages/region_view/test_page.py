"""A page with a region_view runs without a browser."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from figures.regions.frames import region_frame
    from geometry import enumerate_regions
    from pages.region_view import region_view, take_events
    from tests.strategies import mlp

    early = take_events("view")
    late = region_view(region_frame(enumerate_regions(mlp([2, 5, 2], 0), (-1, 1, -1, 1))), key="view")
    st.write("quiet" if not early and not late else "events from nowhere")


def test_a_page_with_a_view_runs_and_reruns():
    app = AppTest.from_function(page, default_timeout=240).run()
    for _ in range(2):
        assert not app.exception
        assert app.markdown[0].value == "quiet"
        app.run()
