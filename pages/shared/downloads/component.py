"""The button: it says what is wanted, Python makes it, the browser saves it and says that it has it."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from figures.words import sentence
from pages.shared.state import Record, Values, read

HERE = Path(__file__).parent
Kind = Literal["secondary", "tertiary"]


@dataclass(frozen=True)
class Made:
    """The file of one click, kept until the browser has it."""

    serial: int
    content: bytes
    trouble: str | None  # why there is none


class DownloadState(Record):
    """By the key of a button."""

    made: Values[Made] = Values("{}-file")


STATE = DownloadState()


def download(
    label: str,
    make: Callable[[], str | bytes],
    name: str,
    mime: str,
    *,
    key: str,
    help: str = "",
    kind: Kind = "secondary",
    disabled: bool = False,
    ready: bool = True,
) -> None:
    """A button that saves a file of this name.

    Streamlit's own button fetches its file from an address that the server forgets as soon as the script, or that of
    any other session, has run again in the meantime: while a picture follows training, that is an error 404.

    Parameters
    ----------
    make : callable
        What is in the file, called when somebody asks for it. Its ValueError is shown below the button.
    key : str
        Names the button; each has its own. A click runs the script around the button: a fragment of its own could be
        gone by the time the click arrives.
    ready : bool
        False while what the file holds is still to come: the file of a click waits for it. The script has to run again.
    """
    state = read(key)
    wanted, got = (_number(state, part) for part in ("wanted", "got"))
    made = STATE.made.get(key)
    if wanted is not None and ready and not disabled and (made is None or made.serial != wanted) and wanted != got:
        made = STATE.made[key] = _made(wanted, make)
    if made is not None and made.serial == got:
        made = None
        del STATE.made[key]
    head = {
        "label": label,
        "help": help,
        "kind": kind,
        "disabled": disabled,
        "name": name,
        "mime": mime,
        "serial": made and made.serial,
        "trouble": made and made.trouble,
    }
    text = json.dumps(head).encode()
    data = struct.pack("<I", len(text)) + text + (made.content if made else b"")
    _component()(key=key, data=data, on_wanted_change=_nothing, on_got_change=_nothing)


def _made(serial: int, make: Callable[[], str | bytes]) -> Made:
    try:
        content = make()
    except ValueError as error:
        return Made(serial, b"", sentence(error))
    return Made(serial, content.encode() if isinstance(content, str) else content, None)


def _number(state: Any, part: str) -> int | None:
    value = state.get(part) if isinstance(state, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _nothing() -> None:
    """Streamlit wants a callback for every state a component may set; the state is read, not called back."""


@cache
def _component() -> Any:
    html, css, js = ((HERE / f"download.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("reluscope_download", html=html, css=css, js=js)
