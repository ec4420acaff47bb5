"""The choice of what a network's outputs mean: classes, or a number whose level sets the pages show."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch

from geometry import Network
from models import Images
from models.networks.output_meaning import LARGEST, LEAST, MOST_LEVELS, NUMBER, OutputMeaning, checked_levels
from pages.shared.state import Record, Values

SAMPLED = 500  # inputs whose outputs suggest the first levels; a limit on time
QUARTERS = (0.25, 0.5, 0.75)


class MeaningState(Record):
    """State by place and file."""

    kind: Values[str] = Values("{}-outputs")
    output: Values[int] = Values("{}-output")
    levels: Values[str] = Values("{}-levels")  # by place, file and output


STATE = MeaningState()


def meaning_controls(network: Network, images: Images, prefix: str) -> OutputMeaning:
    """What the outputs of this network mean, for inputs like these images.

    Raises
    ------
    ValueError
        If the typed levels are no increasing numbers.
    """
    titles = _titles(network.outputs)
    kind = st.selectbox(
        "Its outputs are",
        list(titles),
        format_func=titles.__getitem__,
        key=STATE.kind.key(prefix),
        persist_state="session",
        help="*A number*: for a regression network. Levels cut its range into bands, and a band counts as a class: the "
        "decision boundaries are the level sets, and a certificate proves that the output stays in its band.",
    )
    if kind == LEAST:
        return OutputMeaning(LEAST)
    if kind != NUMBER:
        return OutputMeaning()
    output = 0
    if network.outputs > 1:
        output = st.number_input(
            "Which output", 0, network.outputs - 1, key=STATE.output.key(prefix), persist_state="session"
        )
    of_output = f"{prefix}-{output}"
    if STATE.levels.get(of_output) is None:
        STATE.levels[of_output] = ", ".join(f"{level:g}" for level in usual_levels(network, images, output))
    text = st.text_input(
        "Levels of f",
        key=STATE.levels.key(of_output),
        max_chars=200,
        persist_state="session",
        help=f"At most {MOST_LEVELS} increasing numbers. At first the quarters of the outputs on the inputs here. To "
        "ask for a tolerance t around an output f, give f − t, f + t.",
    )
    return OutputMeaning(NUMBER, output, typed_levels(text))


def typed_levels(text: str) -> tuple[float, ...]:
    """'-0.5, 1e3' -> (-0.5, 1000.0).

    Raises
    ------
    ValueError
        If these are no increasing numbers.
    """
    levels = []
    for word in text.replace(";", ",").replace("−", "-").split(","):
        try:
            levels.append(float(word))
        except ValueError:
            raise ValueError(f"levels are numbers with commas between them, such as −1, 0, 2.5; got {word!r}") from None
    return checked_levels(tuple(levels))


def usual_levels(network: Network, images: Images, output: int) -> tuple[float, ...]:
    """The quarters of the outputs on the first of the inputs, to two digits; 0 where they do not differ."""
    with torch.no_grad():
        values = network(torch.from_numpy(images.x[:SAMPLED].astype(np.float64)))[:, output]
    levels = sorted({float(f"{level:.2g}") for level in np.quantile(values.numpy(), QUARTERS)}) if len(values) else []
    return tuple(levels) if len(levels) > 1 else (0.0,)


def _titles(outputs: int) -> dict[str, str]:
    if outputs == 1:
        return {LARGEST: "two classes, by its sign", NUMBER: "a number"}
    return {LARGEST: "classes: the largest wins", LEAST: "classes: the least wins", NUMBER: "numbers: one is shown"}
