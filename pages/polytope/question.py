"""The question that the sidebar's controls define: input, perturbations, outputs, and bounds to draw."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch

from certify import METHODS, affordable
from certify.polytopes.comparison import LAYERWISE
from figures.certify.methods import takes_article
from figures.certify.polytope import bound_styles, set_title
from figures.images.inputs import PIXELS, shown
from geometry import Network, Plane
from geometry.content import content_key
from geometry.norms import NORM_NAMES, NORM_SYMBOLS, NORMS_BY_NAME, Array, Norm
from pages.polytope.eps_range import attack_plane, first_reach
from pages.polytope.state import STATE, PolytopeState
from pages.shared import link
from pages.shared.asked_point import asked_point
from pages.shared.box_control import Box, box_control, box_key
from pages.shared.linked_controls import Linked
from pages.shared.named_values import show_values
from pages.shared.network_and_data import NetworkAndData, usual_reach
from pages.shared.plain import plain
from pages.shared.to_polytope import PREFIX
from pages.shared.view_options import norm_control

USUAL, USUAL_IMAGES = ("fast-lin", "crown", "lp"), ("fast-lin", "crown")
FIRST_REACH = {"none": 0.3, "kw": 0.16}  # of eps, for the networks of KW's Figs. 6 and 7
AUTO = "auto"
AXES = {"outputs": "the outputs", "turned": "difference, sum"}


@dataclass(frozen=True, eq=False)
class Question:
    """Everything that the page computes with, except eps."""

    network: Network
    x: Array  # (*input_shape)
    plane: Plane
    p: Norm
    outputs: tuple[int, int]
    names: tuple[str, str]  # of their classes: text that may come from outside
    box: Box | None
    methods: tuple[str, ...]  # loose to tight
    reach: float  # the largest eps of the film
    turned: bool  # the output plane shows difference and sum of the two outputs
    key: str  # of all of it
    point_key: str  # of network, x, p, box and reach
    link: dict[str, str | None]

    @property
    def whole(self) -> bool:
        """The plane is the whole input space."""
        return self.network.input_units == 2

    @property
    def quick(self) -> tuple[str, ...]:
        return tuple(name for name in self.methods if not _is_slow(name))

    @property
    def slow(self) -> tuple[str, ...]:
        return tuple(name for name in self.methods if _is_slow(name))


def _is_slow(name: str) -> bool:
    """Whether a bound is computed after the first picture: it would take minutes on a large network."""
    return name in METHODS and METHODS[name].largest < math.inf


def question_controls(chosen: NetworkAndData) -> Question:
    """The sidebar's sections on the adversary and the outputs."""
    linked = Linked(PREFIX)
    x, point_link = _point(chosen)
    st.markdown("**The adversary**")
    link.start("p", "p", link.one_of(*NORMS_BY_NAME), NORM_NAMES[np.inf])  # the papers' norm, unless another is chosen
    p, _ = norm_control()
    parts: dict[str, str | None] = {"p": NORM_NAMES[p]}
    box = box_control(chosen.box, parts)
    st.markdown("**What is drawn**")
    outputs = _outputs(chosen, x, linked)
    axes = linked.choice(
        "Output axes", "axes", AXES, "outputs", row=True,
        help="Trained networks of two classes have outputs that are nearly opposite, and sets that are slivers: "
        "*difference and sum*, each with its own scale, open them up.",
    )  # fmt: skip
    methods = _methods(chosen, p, parts)
    content = (chosen.network.key, x, p, box)
    plane = Plane.identity()
    if chosen.dataset is None:
        usual = first_reach(chosen.network, x, usual_reach(chosen, p), p, outputs, box)
        reach = _reach(chosen, p, usual, parts)
        plane = attack_plane(chosen.network, x, reach, p, outputs, box)
    else:
        reach = _reach(chosen, p, FIRST_REACH.get(chosen.dataset.name) or usual_reach(chosen, p), parts)
    parts |= {**linked.parts, **point_link}
    return Question(
        network=chosen.network,
        x=x,
        plane=plane,
        p=p,
        outputs=outputs,
        names=(chosen.class_name(outputs[0]), chosen.class_name(outputs[1])),
        box=box,
        methods=methods,
        reach=reach,
        turned=axes == "turned",
        key=content_key(*content, outputs, methods, reach),
        point_key=content_key(*content, reach),
        link=parts,
    )


def _point(chosen: NetworkAndData) -> tuple[Array, dict[str, str | None]]:
    """The image or the pin. Without a pin it is the data point nearest the middle of the window."""
    asked = asked_point(chosen)
    if asked.inputs is not None and asked.x is not None:
        show_values(asked.inputs, asked.x[0], "the point, at the middle of the ball", "asked-values")
        st.caption("ε is in shares of each input's range: 0.01 is one percent of it.")
    elif chosen.dataset is None and asked.x is not None:
        st.image(shown(asked.x[0], chosen.box or PIXELS), width=96, alt="The image that is asked about")
    if asked.x is not None:
        return asked.x[0].astype(np.float64), asked.link
    s0, s1, t0, t1 = chosen.dataset.window if chosen.dataset is not None else (0.0, 0.0, 0.0, 0.0)
    middle = np.array([(s0 + s1) / 2, (t0 + t1) / 2])
    if len(chosen.x) == 0:
        return middle, asked.link
    return chosen.x[np.linalg.norm(chosen.x - middle, axis=1).argmin()].astype(np.float64), asked.link


def _outputs(chosen: NetworkAndData, x: Array, linked: Linked) -> tuple[int, int]:
    """Two of the network's outputs. The default is the predicted class and the runner-up."""
    network = chosen.network
    if network.outputs == 1:
        raise ValueError(
            "this network has one output, whose sign is the class; this page draws two outputs against each other. "
            "Explore, Slices and Certify show it, or choose a network with two outputs"
        )
    if network.classes == 2:
        return 0, 1
    with torch.no_grad():
        order = network(torch.from_numpy(x[None]))[0].argsort(descending=True).tolist()
    names = {str(k): chosen.class_name(k) for k in range(network.classes)}
    left, right = st.columns(2)
    with left:
        first = linked.choice("Output", "first", {AUTO: "predicted"} | names, AUTO)
    with right:
        second = linked.choice("and", "second", {AUTO: "runner-up"} | names, AUTO)
    i = order[0] if first == AUTO else int(first)
    j = next(k for k in order if k != i) if second == AUTO else int(second)
    if i == j:
        j = next(k for k in order if k != i)
        st.warning(
            f"Two different outputs are compared: {plain(chosen.class_name(i))} is, with {plain(chosen.class_name(j))}."
        )
    return i, j


def _methods(chosen: NetworkAndData, p: Norm, parts: dict[str, str | None]) -> tuple[str, ...]:
    possible = affordable(chosen.network, p)
    offered = [name for name in bound_styles() if name == LAYERWISE or name in possible]
    usual = USUAL_IMAGES if chosen.dataset is None else USUAL
    selected: tuple[str, ...] = link.start(PolytopeState.wanted.key, "bounds", _bound_list, usual)
    widget = STATE.bounds.key("-".join(offered))  # for another norm or network there are other bounds
    now = link.own(widget, lambda: [name for name in offered if name in selected])
    ticked = st.pills(
        "Bounds",
        offered,
        default=now,
        format_func=set_title,
        selection_mode="multi",
        key=widget,
        persist_state="session",
        help="Convex outer polytopes, from loose (light) to tight (dark). The layerwise box is KW (41)-(42). "
        "The LP is for ℓ₁ and ℓ∞ only.",
    )
    for reason in _not_offered(selected, offered, p):
        st.caption(reason)
    selected = tuple(name for name in bound_styles() if (name in ticked if name in offered else name in selected))
    STATE.wanted = selected
    parts["bounds"] = link.unless(selected, usual, lambda names: ",".join(names) or "none")
    return tuple(name for name in offered if name in ticked)


def _not_offered(selected: tuple[str, ...], offered: list[str], p: Norm) -> list[str]:
    """Sentences: why bounds cannot be drawn for this norm and network, and when a chosen one is drawn again."""
    sentences = []
    for name in bound_styles():
        if name in offered or name == LAYERWISE:
            continue
        title = f"The {set_title(name)}" if takes_article(name) else set_title(name)
        norms = METHODS[name].norms
        if p in norms:
            why, back = "takes minutes on a network of this size", "a smaller network"
        else:
            why = f"is for {' and '.join(NORM_SYMBOLS[norm] for norm in norms)} only"
            back = "such a norm"
        drawn = f"not drawn for {NORM_SYMBOLS[p]}" if p not in norms else "not drawn"
        if name in selected:
            sentences.append(f"{title} {why}: {drawn}. Your choice of it comes back with {back}.")
        else:
            sentences.append(f"{title} {why}: {drawn.replace('drawn', 'offered')}.")
    return sentences


def set_methods(names: tuple[str, ...]) -> None:
    """Choose these bounds, as the user does by the control."""
    STATE.bounds.clear()
    STATE.wanted = names


def _bound_list(text: str) -> tuple[str, ...]:
    return () if text == "none" else tuple(map(link.one_of(*bound_styles()), text.split(",")))


def _reach(chosen: NetworkAndData, p: Norm, usual: float, parts: dict[str, str | None]) -> float:
    """The largest eps of the slider, kept separately for each kind of input, norm and usual range."""
    name = f"{box_key(chosen.box)}-{usual:g}" if chosen.dataset is None else chosen.dataset.name
    key = STATE.reach.key(f"{name}-{p}")
    now = link.start(key, "reach", link.number(1e-6, 1e6), usual)
    with st.expander("Range of ε", icon=":material/tune:"):
        reach = float(st.number_input("Largest ε", 1e-6, 1e6, now, key=key, format="%g", persist_state="session"))
    parts["reach"] = link.unless(reach, usual, lambda value: f"{value:.6g}")
    return reach
