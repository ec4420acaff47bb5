"""The uploader for a trained network: one file, or two that belong together. The last valid one stays in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from geometry.content import content_key
from models import FORMATS
from pages.shared.plain import plain
from pages.shared.state import Record, Values

KINDS = ", ".join(dict.fromkeys(suffix for fmt in FORMATS for suffix in fmt.suffixes))


@dataclass(frozen=True, eq=False)
class NetworkFile:
    """An uploaded file, and the second one that belongs to it, if any. The name is text from outside."""

    name: str
    content: bytes
    second: bytes | None
    second_name: str
    key: str  # identifies the content of both


class FileState(Record):
    """Files by their place on a page."""

    kept: Values[NetworkFile | None] = Values("{}-kept")  # the last valid file
    # The upload ids of the last files, and the network among them: no run hashes them again.
    seen: Values[tuple[list[str], NetworkFile]] = Values("{}-looked-at")


STATE = FileState()


def network_uploader(key: str, shape_words: str) -> NetworkFile | None:
    """The uploader; returns the network among its files, None before there are files.

    Raises
    ------
    ValueError
        If none of the files holds a network.
    """
    uploads = st.file_uploader(
        "Network file",
        accept_multiple_files=True,
        key=key,
        label_visibility="collapsed",
        help=f"A network for inputs {shape_words}. Known are {'; '.join(fmt.title for fmt in FORMATS)}. "
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
    """The last valid file in this place."""
    return STATE.kept.get(key)


def keep_file(key: str, file: NetworkFile | None) -> None:
    """Keep a file in use while the uploader is empty, as after a visit to another page. None forgets the file."""
    STATE.kept[key] = file


def chosen_file(files: Sequence[tuple[str, bytes]]) -> NetworkFile:
    """The last of the files, (name, content), that holds a network, and as its second file one that holds none.

    Of several without a network, the second file is the last whose name occurs in the network's file, or else the last:
    an uploader still lists files that were refused before.

    Raises
    ------
    ValueError
        If none holds a network.
    """
    networks = [(name, content) for name, content in files if any(fmt.recognises(content) for fmt in FORMATS)]
    others = [(name, content) for name, content in files if (name, content) not in networks]
    if not networks:
        raise ValueError(_no_network(*files[-1]))
    name, content = networks[-1]
    mentioned = [other for other in others if other[0].encode() in content]
    second_name, second = (mentioned or others)[-1] if others else ("", None)
    return NetworkFile(name, content, second, second_name, content_key(content, second))


def _no_network(name: str, content: bytes) -> str:
    if not content:
        return f"{name} is empty: save the network again, or choose another file"
    kinds = "; ".join(f"{fmt.title} ({', '.join(fmt.suffixes)})" for fmt in FORMATS)
    return f"{name} is no file of a trained network that can be read; known are {kinds}"
