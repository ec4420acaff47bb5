"""Steps beside a picture as a Streamlit component: all steps are sent at once, and the browser plays them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from figures.live_view.javascript import bundle
from pages.shared.teaching import type_scale

HERE = Path(__file__).parent
Kind = Literal["formula", "search", "tree"]


def step_view(
    kind: Kind,
    content: Mapping[str, Any],
    *,
    content_key: str,
    name: str,
    key: str,
    height: str,
) -> None:
    """Show steps.

    Parameters
    ----------
    content : what `view/` draws of this kind, as JSON
    content_key : the same for the same content, which keeps the step that is shown
    name : the steps light units and draw in pictures whose `ViewOptions.network` is this name
    height : a CSS length
    """
    data = {
        "kind": kind,
        "content": content,
        "key": content_key,
        "name": name,
        "height": height,
        "type_scale": type_scale(),
    }
    with st.container(gap=None, key=f"{key}-box"):
        st.html(f"<style>.st-key-{key}-box {{ min-height: {height}; }}</style>")  # before the script has loaded
        _view()(key=key, data=data)


@cache
def _view() -> Any:
    html, css = ((HERE / "view" / name).read_text(encoding="utf-8") for name in ("steps.html", "steps.css"))
    script = bundle(HERE / "hosts" / "streamlit_view.js")
    return st.components.v2.component("reluscope_step_view", html=html, css=css, js=script)
