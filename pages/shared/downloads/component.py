"""The download button: a click requests the file, Python makes it, the browser saves it and confirms."""

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
    """The file of one click, kept until the browser confirms it."""

    serial: int
    content: bytes
    trouble: str | None  # the reason if there is no file


class DownloadState(Record):
    """Files by the key of a button."""

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

    Streamlit's own button fetches its file from an address. The server drops the address when this or any other session
    reruns its script in the meantime: while a picture follows training, the download fails with an error 404.

    Parameters
    ----------
    make : callable
        Makes the file's content; called after a click. Its ValueError is shown below the button.
    key : str
        The button's own key. A click runs the script around the button: a separate fragment might no longer exist when
        the click arrives.
    ready : bool
        False while the content is still being computed: a click then waits until a later run of the script.
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


def _number(state: object, part: str) -> int | None:
    value = state.get(part) if isinstance(state, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _nothing() -> None:
    """Streamlit requires a callback for every state that a component sets; the state is read instead."""


@cache
def _component() -> Any:
    html, css, js = ((HERE / f"download.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return st.components.v2.component("reluscope_download", html=html, css=css, js=js)
