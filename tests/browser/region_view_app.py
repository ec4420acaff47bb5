"""A page with a region_view, its controls, and the events that Python received from it: for test_region_view.py."""

import json

import numpy as np
import streamlit as st

from figures.regions.frames import region_frame
from figures.regions.overlays import FILLS, Ball, Overlays, ViewOptions
from geometry import Plane, ball_on_plane, distances, enumerate_regions
from pages.region_view import region_view, take_events, view_code
from tests.strategies import mlp

WINDOW = (-1.0, 1.0, -1.0, 1.0)


@st.cache_resource
def regions(seed: int):
    found = enumerate_regions(network(seed), WINDOW)
    return found, region_frame(found)


def network(seed: int):
    return mlp([2, 40, 40, 3], seed)


def certificate(pin, p, seed):
    if pin is None:
        return Overlays(points=np.array(state.points), labels=np.array(state.labels))
    at = distances(network(seed), np.array([pin]), p)
    radii = {"d_B": float(at.d_B[0]), "d_D": float(at.d_D[0])}
    outlines = {name: ball_on_plane(np.array(pin), radius, p, Plane.identity()) for name, radius in radii.items()}
    balls = tuple(
        Ball(name, np.array(outline.exterior.coords)[:-1], f"{name} = {radii[name]:.3g}")
        for name, outline in outlines.items()
        if not outline.is_empty
    )
    return Overlays(pin=pin, balls=balls, points=np.array(state.points), labels=np.array(state.labels))


st.set_page_config(layout="wide")
state = st.session_state
state.setdefault("points", [[-0.5, -0.5], [0.5, 0.5]])
state.setdefault("labels", [0, 1])
events = take_events("view")
if events.pin or events.unpinned:
    state.pin = events.pin
if events.norm:
    state.norm = events.norm
if events.view or events.whole:
    state.window = events.view
for edit in events.edits:
    if edit.action == "add":
        state.points, state.labels = [*state.points, list(edit.point)], [*state.labels, 2]
    elif edit.action == "move":
        state.points[edit.index] = list(edit.point)
    else:
        del state.points[edit.index], state.labels[edit.index]

fill = st.sidebar.radio("fill", FILLS, index=1)
seed = st.sidebar.radio("seed", [0, 1])
edit = st.sidebar.toggle("edit points")
found, frame = regions(seed)
overlays = certificate(state.get("pin"), state.get("norm", 2), seed)
options = ViewOptions(fill=fill, norm=state.get("norm", 2), edit_points=edit, badge=f"exact · {len(frame)} regions")
view_code()
region_view(frame, overlays=overlays, options=options, key="view", height=600)

state.runs = state.get("runs", 0) + 1
heard = {
    "frame": frame.hash,
    "bytes": len(frame.to_bytes()),
    "regions": len(frame),
    "pin": state.get("pin"),
    "norm": str(state.get("norm", 2)),
    "points": state.points,
    "window": state.get("window"),
    "runs": state.runs,
}
st.container(key="heard").text(json.dumps(heard))
