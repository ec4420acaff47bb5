"""The uploader for a trained network: one file, or two that belong together; the last good one stays in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from geometry.content import content_key
from models import FORMATS
from pages.shared.plain import plain
from pages.shared.state import Record, Values

KINDS = ", ".join(dict.fromkeys(suffix for known in FORMATS for suffix in known.suffixes))


@dataclass(frozen=True, eq=False)
class NetworkFile:
    """A file as it was given, and the second one beside it if there is one. The name is text from outside."""

    name: str
    content: bytes
    second: bytes | None
    second_name: str
    key: str  # names the content of both


class FileState(Record):
    """Files by the place on a page that they have."""

    kept: Values[NetworkFile | None] = Values("{}-kept")  # the last that could be used
    # The files that were looked at, by their identity: nothing is hashed again in every run.
    seen: Values[tuple[list[str], NetworkFile]] = Values("{}-looked-at")


STATE = FileState()


def network_uploader(key: str, shape_words: str) -> NetworkFile | None:
    """The uploader, and the network among its files; None before there are any.

    Raises
    ------
    ValueError
        If none of the files is a network's.
    """
    uploads = st.file_uploader(
        "Network file",
        accept_multiple_files=True,
        key=key,
        label_visibility="collapsed",
        help=f"A network for inputs {shape_words}. Known are {'; '.join(known.title for known in FORMATS)}. "
        "A file whose weights lie in a second one: give both.",
    )
    if not uploads:
        del STATE.seen[key]
        return None
    identity = [upload.file_id for upload in uploads]
    seen = STATE.seen.get(key)
    if seen is None or seen[0] != identity:
        seen = identity, chosen_file([(upload.name, upload.getvalue()) for upload in uploads])
        STATE.seen[key] = seen
    if len(uploads) > 1:
        st.caption(f"Of these files, {plain(seen[1].name)} is read: the network that was given last.")
    return seen[1]


def kept_file(key: str) -> NetworkFile | None:
    """The last file that could be used in this place."""
    return STATE.kept.get(key)


def keep_file(key: str, file: NetworkFile | None) -> None:
    """Let it stay in use when the uploader is empty, as after a visit to another page; None forgets the last one."""
    STATE.kept[key] = file


def chosen_file(files: Sequence[tuple[str, bytes]]) -> NetworkFile:
    """The last of the files, (name, content), that is a network's, and the one beside it that is none.

    Of several that are none, it is the last whose name stands in the network's file, or else the last: an uploader
    still lists what was refused before.

    Raises
    ------
    ValueError
        If none is a network's.
    """
    networks = [(name, content) for name, content in files if any(known.recognises(content) for known in FORMATS)]
    others = [(name, content) for name, content in files if (name, content) not in networks]
    if not networks:
        raise ValueError(_no_network(*files[-1]))
    name, content = networks[-1]
    named = [other for other in others if other[0].encode() in content]
    second_name, second = (named or others)[-1] if others else ("", None)
    return NetworkFile(name, content, second, second_name, content_key(content, second))


def _no_network(name: str, content: bytes) -> str:
    if not content:
        return f"{name} is empty: save the network again, or choose another file"
    kinds = "; ".join(f"{known.title} ({', '.join(known.suffixes)})" for known in FORMATS)
    return f"{name} is no file of a trained network that can be read; known are {kinds}"
