"""The objectives in words, and their options as controls."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import streamlit as st

from figures.curves import SLOTS
from figures.palette import Theme
from geometry.norms import Norm
from models import OBJECTIVES
from pages.shared.linked_controls import Linked

PREFIX = "train-"
SLOT_NAMES = ("a", "b", "c")
NOTHING = "none"
ATTACKED = ("adversarial", "mmr-at")  # they know p = 2 and ∞ only


@dataclass(frozen=True)
class Words:
    """An objective for people: its name, and what it asks of the network."""

    title: str
    says: str


WORDS = {
    "plain": Words("Plain", "Cross entropy: only the class of the points themselves counts."),
    "adversarial": Words("Adversarial", "Half of each batch is attacked by PGD before the network learns from it."),
    "kmmr": Words("MMR", "Pushes the k nearest region boundaries (d_B) and decision hyperplanes (d_D) away."),
    "mmr": Words("MMR, nearest only", "MMR with the one nearest boundary and the one nearest hyperplane."),
    "mmr-dD": Words("MMR-d_D", "Only the decision hyperplanes are pushed away; the regions are left to themselves."),
    "mmr-at": Words("MMR+at", "MMR on batches of which half is attacked."),
    "kw": Words("KW robust", "Minimises Wong and Kolter's upper bound of the loss that any attack within ε can cause."),
    "ibp": Words("IBP", "Minimises the loss of the worst case by interval arithmetic, while ε grows."),
    "crown-ibp": Words("CROWN-IBP", "IBP whose bounds begin with CROWN's, tighter at first."),
    "tight-d": Words("Tight, d", "Robust loss, and a penalty on how far its bound is from what the network does."),
    "tight-r": Words("Tight, r", "Robust loss, and a penalty on unstable units where the relaxation can be wrong."),
    "relu-stability": Words("ReLU stability", "Rewards units that keep their sign within ε of each point."),
    "cross-lipschitz": Words("Cross-Lipschitz", "Keeps the gradients of the classes' differences small."),
}


@dataclass(frozen=True)
class Option:
    """A number of an objective that can be changed while it trains: a field of the objective, and a slider."""

    label: str
    field: str
    says: str
    share: bool = False  # lies between 0 and 1
    reach: float = 10.0  # of the slider, in defaults
    may_vanish: bool = True  # 0 is allowed
    falls_to: float | None = None  # the field holds where a schedule begins, this value, and where it ends


OPTIONS = {
    "lam": Option("λ", "lam", "Weight of the regularizer."),
    "k": Option(
        "$k_B$", "k_B", "Share of the hidden units whose boundary is pushed at first; 2 % in the end.", share=True,
        may_vanish=False, falls_to=0.02,
    ),
    "gamma-B": Option("$γ_B$", "gamma_B", "How far region boundaries should be.", reach=4, may_vanish=False),
    "gamma-D": Option("$γ_D$", "gamma_D", "How far decision hyperplanes should be.", reach=4, may_vanish=False),
    "weight": Option("γ", "gamma", "Weight of the regularizer r."),
    "kappa": Option("κ", "kappa", "Share of the clean loss in the end.", share=True),
    "beta": Option("β", "beta", "Share of CROWN-IBP's bound in the end.", share=True),
}  # fmt: skip


@dataclass(frozen=True)
class ChosenObjective:
    """One of the objectives side by side."""

    name: str  # in OBJECTIVES
    title: str  # for people, different from the others'
    live: Mapping[str, Any]  # options that may change while it trains
    fixed: Mapping[str, Any]  # those that may not


@dataclass(frozen=True)
class Common:
    """What all objectives side by side share."""

    p: Norm
    eps: float
    fixed: Mapping[str, Any]  # options that every objective takes that has them
    usual: Mapping[str, float]  # values of OPTIONS that suit the data, instead of the objectives' own defaults


def objective_controls(common: Common) -> tuple[tuple[ChosenObjective, ...], Linked]:
    """One to three objectives, each with its options."""
    linked, chosen = Linked(PREFIX), []
    titles = {name: WORDS[name].title if name in WORDS else name for name in OBJECTIVES}
    for slot, default in zip(SLOT_NAMES, ("plain", "kmmr", NOTHING)):
        offered = titles if slot == "a" else {**titles, NOTHING: "—"}
        with st.container(key=f"train-slot-{slot}", gap="xsmall"):
            name = linked.choice(f"Objective {slot.upper()}", slot, offered, default, label_visibility="collapsed")
            if name != NOTHING:
                if name in WORDS:
                    st.caption(WORDS[name].says.replace("d_B", "$d_B$").replace("d_D", "$d_D$"))
                chosen.append(ChosenObjective(name, titles[name], *_options(linked, slot, name, common)))
    st.html(_colours())
    return _told_apart(chosen), linked


def _options(linked: Linked, slot: str, name: str, common: Common) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options of an objective that may change while it trains, and those that may not."""
    known = {field.name: field.default for field in fields(OBJECTIVES[name])}  # type: ignore[arg-type]
    live: dict[str, Any] = {}
    offered = [key for key, option in OPTIONS.items() if option.field in known and not _is_without(key, name)]
    for number, key in enumerate(offered):
        if number % 2 == 0:
            columns = st.columns(2)
        with columns[number % 2]:
            option = OPTIONS[key]
            value = _slider(linked, f"{slot}-{key}", option, common.usual.get(key, _default(known[option.field])))
            live[option.field] = value if option.falls_to is None else (value, min(value, option.falls_to))
    if "eps" in known:
        live["eps"] = common.eps
    if "p" in known:
        live["p"] = math.inf if common.p == 1 and name in ATTACKED else common.p
    return live, {key: value for key, value in common.fixed.items() if key in known}


def _is_without(key: str, name: str) -> bool:
    """Tight's d has the weight of r as well, and r the weight of d, both 0."""
    return (key == "weight" and name == "tight-d") or (key == "lam" and name == "tight-r")


def _default(value: Any) -> float:
    first = value[0] if isinstance(value, tuple) else value
    return float(first) if isinstance(first, (int, float)) else 0.0


def _slider(linked: Linked, name: str, option: Option, default: float) -> float:
    high = 1.0 if option.share else option.reach * default or 1.0
    low = 0.0 if option.may_vanish else high / 100
    return linked.number(
        option.label, name, low, high, default, slider=True, step=high / 100, format="%.3g",
        help=f"{option.says} Also while it trains.",
    )  # fmt: skip


def _told_apart(chosen: list[ChosenObjective]) -> tuple[ChosenObjective, ...]:
    """The same objective twice gets its letter."""
    names = [each.title for each in chosen]
    return tuple(
        each if names.count(each.title) == 1 else replace(each, title=f"{each.title} {letter}")
        for each, letter in zip(chosen, "ABC")
    )


def _colours() -> str:
    """Each objective's controls carry its colour."""
    theme: Theme = "dark" if st.context.theme.type == "dark" else "light"
    rules = [
        f".st-key-train-slot-{slot} {{ border-left: 4px solid {colour}; padding-left: .7rem; }}"
        for slot, colour in zip(SLOT_NAMES, SLOTS[theme])
    ]
    return f"<style>{' '.join(rules)}</style>"
