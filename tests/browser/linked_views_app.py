"""Two linked views, pictures that follow one another by turns, for test_linked_views.py."""

import json
import math

import numpy as np
import streamlit as st

from figures.regions.frames import region_frame
from figures.regions.overlays import DataBalls, Overlays, ViewOptions
from geometry import enumerate_regions
from pages.region_view import Turn, region_view, take_events, view_code
from tests.strategies import mlp

WINDOW = (-1.0, 1.0, -1.0, 1.0)
MOST_TURNS = 5
POINTS = Overlays(
    points=np.array([[-0.5, -0.5], [0.5, 0.5], [0.5, -0.5]]),
    labels=np.array([0, 1, 0]),
    data_balls=DataBalls(0.2, math.inf, ("proved", "attacked", "unknown")),
)

st.set_page_config(layout="wide")
view_code()
state = st.session_state
turns = state.setdefault("turns", [])
state.setdefault("norms", [])
for key in ("left", "right"):
    events = take_events(key)
    if events.turn is not None:
        turns.append(events.turn)
    if events.norm is not None:
        state.norms.append(str(events.norm))
number = len(turns)
turn = Turn(number, 0.05) if number < MOST_TURNS else None
for column, key, seed in zip(st.columns(2), ("left", "right"), (0, 10)):
    with column:
        frame = region_frame(enumerate_regions(mlp([2, 12, 2], seed + number), WINDOW))
        options = ViewOptions(link="both", guides=False, page_keys=True)
        region_view(frame, overlays=POINTS, options=options, key=key, height=400, turn=turn if key == "right" else None)
st.container(key="heard").text(json.dumps({"turns": turns, "norms": state.norms, "frame": frame.hash}))
