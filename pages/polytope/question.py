"""The question as the sidebar puts it: which input, which outputs, what may be perturbed, which bounds are drawn."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch

from certify import METHODS, affordable
from certify.polytopes import LAYERWISE
from certify.reaching import plane_of_attacks
from figures.overlays import NORM_NAMES
from figures.polytope import BOUNDS, NAMES
from figures.words import class_name
from geometry import Network, Plane
from geometry.norms import Array, Norm
from pages.certify.controls import Box, box_control
from pages.certify.dataset import usual_reach
from pages.certify.point import asked_point
from pages.certify.subject import Subject
from pages.explore import link
from pages.explore.linked import Linked
from pages.explore.look import NORMS, norm_control
from pages.polytope.send import PREFIX

USUAL, USUAL_IMAGES = ("fast-lin", "crown", "lp"), ("fast-lin", "crown")
SLOW = ("alpha-crown", "lp")  # they come after the picture
FIRST_REACH = {"none": 0.3, "kw": 0.16}  # of eps, for the networks of KW's Figs. 6 and 7
AUTO = "auto"
AXES = {"outputs": "the outputs", "turned": "difference, sum"}
LINK_NAMES = frozenset({"p", "box", "bounds", "reach", "first", "second", "axes", "pin", "image"})


@dataclass(frozen=True, eq=False)
class Question:
    """Everything but eps."""

    network: Network
    x: Array  # (*input_shape)
    plane: Plane
    p: Norm
    outputs: tuple[int, int]
    box: Box | None
    methods: tuple[str, ...]  # loose to tight
    reach: float  # the largest eps of the film
    turned: bool  # the output plane shows difference and sum of the two outputs
    key: str  # names all of it
    point_key: str  # names network, x, p and box
    link: dict[str, str | None]

    @property
    def whole(self) -> bool:
        """The plane is the whole input space."""
        return self.network.input_units == 2

    @property
    def quick(self) -> tuple[str, ...]:
        return tuple(name for name in self.methods if name not in SLOW)

    @property
    def slow(self) -> tuple[str, ...]:
        return tuple(name for name in self.methods if name in SLOW)


def question_controls(subject: Subject) -> Question:
    """The sidebar's sections on the adversary and the outputs."""
    linked = Linked(PREFIX)
    x, point_link = _point(subject)
    st.markdown("**The adversary**")
    link.start("p", "p", link.one_of(*NORMS), NORM_NAMES[np.inf])  # the papers' norm, unless another is chosen already
    p, _ = norm_control()
    parts: dict[str, str | None] = {"p": NORM_NAMES[p]}
    box = box_control(subject.dataset is None, parts)
    st.markdown("**What is drawn**")
    outputs = _outputs(subject.network, x, linked)
    axes = linked.choice(
        "Output axes", "axes", AXES, "outputs", row=True,
        help="Trained networks of two classes have outputs that are nearly opposite, and sets that are slivers: "
        "*difference and sum*, each with its own scale, open them up.",
    )  # fmt: skip
    methods = _methods(subject, p, parts)
    reach = _reach(subject, p, parts)
    plane = Plane.identity()
    content = [subject.network_key, x.tolist(), str(p), box]
    if subject.dataset is None:
        plane = _plane(_digest([*content, outputs, reach]), subject.network, x, reach, p, outputs, box)
    parts |= {**linked.parts, **point_link}
    return Question(
        network=subject.network,
        x=x,
        plane=plane,
        p=p,
        outputs=outputs,
        box=box,
        methods=methods,
        reach=reach,
        turned=axes == "turned",
        key=_digest([*content, outputs, methods, reach]),
        point_key=_digest([*content, reach]),
        link=parts,
    )


def _digest(content: object) -> str:
    return hashlib.blake2b(json.dumps(content).encode(), digest_size=12).hexdigest()


def _point(subject: Subject) -> tuple[Array, dict[str, str | None]]:
    """The image or the pin; before there is one, the data point nearest the middle."""
    asked = asked_point(subject)
    if subject.dataset is None and asked.x is not None:
        pixels = np.clip(asked.x[0].transpose(1, 2, 0).squeeze(), 0, 1)
        st.image(pixels, width=96)
    if asked.x is not None:
        return asked.x[0].astype(np.float64), asked.link
    s0, s1, t0, t1 = subject.dataset.window if subject.dataset is not None else (0.0, 0.0, 0.0, 0.0)
    middle = np.array([(s0 + s1) / 2, (t0 + t1) / 2])
    if len(subject.x) == 0:
        return middle, asked.link
    return subject.x[np.linalg.norm(subject.x - middle, axis=1).argmin()].astype(np.float64), asked.link


def _outputs(network: Network, x: Array, linked: Linked) -> tuple[int, int]:
    """Two of the network's outputs; unless chosen, the predicted class and the runner-up."""
    if network.classes == 2:
        return 0, 1
    with torch.no_grad():
        order = network(torch.from_numpy(x[None]))[0].argsort(descending=True).tolist()
    names = {str(k): class_name(k) for k in range(network.classes)}
    left, right = st.columns(2)
    with left:
        first = linked.choice("Output", "first", {AUTO: "predicted"} | names, AUTO)
    with right:
        second = linked.choice("and", "second", {AUTO: "runner-up"} | names, AUTO)
    i = order[0] if first == AUTO else int(first)
    j = next(k for k in order if k != i) if second == AUTO else int(second)
    if i == j:
        j = next(k for k in order if k != i)
        st.warning(f"Two different outputs are compared: {class_name(i)} is, with {class_name(j)}.")
    return i, j


def _methods(subject: Subject, p: Norm, parts: dict[str, str | None]) -> tuple[str, ...]:
    possible = affordable(subject.network, p)
    offered = [name for name in BOUNDS if name == LAYERWISE or (name in METHODS and name in possible)]
    usual = USUAL_IMAGES if subject.dataset is None else USUAL
    wanted: tuple[str, ...] = link.start(f"{PREFIX}wanted", "bounds", _bound_list, usual)
    widget = f"{PREFIX}bounds-{'-'.join(offered)}"  # another norm or network has other bounds
    st.session_state.setdefault(widget, [name for name in offered if name in wanted])
    chosen = st.pills(
        "Bounds",
        offered,
        format_func=NAMES.__getitem__,
        selection_mode="multi",
        key=widget,
        persist_state="session",
        help="Convex outer polytopes, from loose (light) to tight (dark). The layerwise box is KW (41)-(42). "
        "The LP knows ℓ₁ and ℓ∞.",
    )
    kept = tuple(name for name in BOUNDS if (name in chosen if name in offered else name in wanted))
    st.session_state[f"{PREFIX}wanted"] = kept
    parts["bounds"] = link.unless(kept, usual, lambda names: ",".join(names) or "none")
    return tuple(name for name in offered if name in chosen)


def set_methods(names: tuple[str, ...]) -> None:
    """As if chosen by hand."""
    for key in [key for key in st.session_state if str(key).startswith(f"{PREFIX}bounds-")]:
        del st.session_state[key]
    st.session_state[f"{PREFIX}wanted"] = names


def _bound_list(text: str) -> tuple[str, ...]:
    known = [name for name in BOUNDS if name == LAYERWISE or name in METHODS]
    return () if text == "none" else tuple(map(link.one_of(*known), text.split(",")))


def _reach(subject: Subject, p: Norm, parts: dict[str, str | None]) -> float:
    """How far the rail of eps goes, remembered apart for each kind of input and norm."""
    name = "images" if subject.dataset is None else subject.dataset.name
    usual = FIRST_REACH.get(name) or usual_reach(subject, p)
    key = f"{PREFIX}reach-{name}-{p}"
    link.start(key, "reach", link.number(1e-6, 1e6), usual)
    with st.expander("Range of ε", icon=":material/tune:"):
        reach = float(st.number_input("Largest ε", 1e-6, 1e6, key=key, format="%g", persist_state="session"))
    parts["reach"] = link.unless(reach, usual, lambda value: f"{value:.6g}")
    return reach


@st.cache_resource(show_spinner=False, max_entries=32)
def _plane(
    key: str, _network: Network, _x: Array, reach: float, p: Norm, outputs: tuple[int, int], box: Box | None
) -> Plane:
    return plane_of_attacks(_network, _x, reach, p, outputs, box)
