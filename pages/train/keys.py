"""The page's keyboard shortcuts: they press its buttons, except while the user types."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st


def keys() -> None:
    """Listen for Space, arrows and R, and draw the list of all keys, which ? opens."""
    _component()(key="train-key-listener")
    with st.popover("Keys", icon=":material/keyboard:", key="train-keys", width="stretch"):
        st.markdown(
            "| key | |\n|---|---|\n"
            "| Space | play, pause |\n| → | one step, of training or along the timeline |\n"
            "| ← | the moment before |\n| R | rewind to the initial weights |\n"
            "| 1 2 3 | norm ℓ₁, ℓ₂, ℓ∞ (in a picture) |\n| 0 + − | reset, zoom in, zoom out (in a picture) |\n"
            "| Esc | take the pin away (in a picture) |\n| ? | this list |"
        )


@cache
def _component() -> Any:
    script = Path(__file__).with_name("keys.js").read_text(encoding="utf-8")
    return st.components.v2.component("reluscope_train_keys", js=script)
