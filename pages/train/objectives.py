"""The controls of the objectives and of their options."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from figures.style.palette import SLOTS
from geometry.norms import Norm
from models import OBJECTIVES
from models.objectives.record import Option
from pages.shared.linked_controls import Linked
from pages.shared.theme import browser_theme
from pages.train.state import PREFIX

SLOT_NAMES = ("a", "b", "c")
NOTHING = "none"


@dataclass(frozen=True)
class ChosenObjective:
    """One of the objectives side by side."""

    name: str  # in OBJECTIVES
    title: str  # shown to users, different from the others'
    live: Mapping[str, Any]  # options that may change during training
    fixed: Mapping[str, Any]  # options that may not


@dataclass(frozen=True)
class Common:
    """The values that all objectives side by side share."""

    p: Norm
    eps: float
    fixed: Mapping[str, Any]  # options for every objective that has them
    usual: Mapping[str, float]  # default values that suit the data, by the option's name; else the objective's


def objective_controls(common: Common) -> tuple[tuple[ChosenObjective, ...], Linked]:
    """One to three objectives, each with its options."""
    linked, chosen = Linked(PREFIX), []
    titles = {name: record.title for name, record in OBJECTIVES.items()}
    for slot, default in zip(SLOT_NAMES, ("plain", "kmmr", NOTHING)):
        offered = titles if slot == "a" else {**titles, NOTHING: "no other objective"}
        with st.container(key=f"train-slot-{slot}", gap="xsmall"):
            name = linked.choice(f"Objective {slot.upper()}", slot, offered, default, label_visibility="collapsed")
            if name != NOTHING:
                st.caption(OBJECTIVES[name].line.replace("d_B", "$d_B$").replace("d_D", "$d_D$"))
                chosen.append(ChosenObjective(name, titles[name], *_options(linked, slot, name, common)))
    st.html(_colours())
    return _with_distinct_titles(chosen), linked


def _options(linked: Linked, slot: str, name: str, common: Common) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options of an objective that may change during training, and those that may not."""
    record = OBJECTIVES[name]
    defaults = record.defaults
    live: dict[str, Any] = {}
    for number, option in enumerate(record.options):
        if number % 2 == 0:
            columns = st.columns(2)
        with columns[number % 2]:
            usual = common.usual.get(option.name, _default(defaults[option.field]))
            value = _slider(linked, f"{slot}-{option.name}", option, usual)
            live[option.field] = value if option.falls_to is None else (value, min(value, option.falls_to))
    if "eps" in defaults:
        live["eps"] = common.eps
    if "p" in defaults:
        live["p"] = common.p if common.p in record.norms else math.inf
    return live, {key: value for key, value in common.fixed.items() if key in defaults}


def _default(value: object) -> float:
    first = value[0] if isinstance(value, tuple) else value
    return float(first) if isinstance(first, (int, float)) else 0.0


def _slider(linked: Linked, name: str, option: Option, default: float) -> float:
    high = 1.0 if option.share else option.reach * default or 1.0
    low = 0.0 if option.may_vanish else high / 100
    return linked.number(
        option.label, name, low, high, default, slider=True, step=high / 100, format="%.3g",
        help=f"{option.says} Also while it trains.",
    )  # fmt: skip


def _with_distinct_titles(chosen: list[ChosenObjective]) -> tuple[ChosenObjective, ...]:
    """The same objectives. Those that are chosen twice get their slot's letter in the title."""
    titles = [objective.title for objective in chosen]
    return tuple(
        objective if titles.count(objective.title) == 1 else replace(objective, title=f"{objective.title} {letter}")
        for objective, letter in zip(chosen, "ABC")
    )


def _colours() -> str:
    """CSS that gives each objective's controls its colour."""
    theme = browser_theme()
    rules = [
        f".st-key-train-slot-{slot} {{ border-left: 4px solid {colour}; padding-left: .7rem; }}"
        for slot, colour in zip(SLOT_NAMES, SLOTS[theme])
    ]
    return f"<style>{' '.join(rules)}</style>"
