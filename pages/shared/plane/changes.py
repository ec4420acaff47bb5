"""The network of the plane's controls with the reader's changes of its units and weights."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from figures.words import counted, sentence
from models.networks.activations import Activation
from pages.shared import link
from pages.shared.plane.state import PLANE, UNITS, Changes, PlaneNetwork, PlaneState
from pages.shared.plane.weights import (
    Change,
    apply_changes,
    chain_of,
    changes_from_link,
    changes_to_link,
    read_change,
    with_changes,
)


def changed_network(base: PlaneNetwork) -> tuple[PlaneNetwork, str | None, bool]:
    """The network with the changes that were made of it.

    Returns
    -------
    The network; the changes for the link, None where it cannot hold them or there are none; and whether a link that
    reopens `base` reopens the network.
    """
    PLANE.given = base
    changes = link.start(PlaneState.changes.key, "changes", lambda text: Changes(changes_from_link(text)), Changes())
    if changes.of not in (None, base.network.key):  # another network was chosen
        PLANE.changes = changes = Changes()
    if not changes.made and changes.start is None:
        return base, None, True
    start = changes.start or base
    try:
        changed = _changed(start, changes.made)
    except ValueError as error:
        st.warning(f"The changes by hand are left out: {error}", icon=":material/build:")
        PLANE.changes = Changes()
        return base, None, True
    if changes.of is None:
        PLANE.changes = Changes(changes.made, base.network.key)
    parts = changes_to_link(changes.made) if changes.start is None else None
    return changed, parts, changes.start is None and (parts is not None or not changes.made)


def changes_note() -> None:
    """How many changes were made by hand, with a button that takes all back."""
    count = len(PLANE.changes.made)
    if not count:
        return
    text, button = st.columns([3, 2], vertical_alignment="center")
    text.caption(f"{counted(count, 'change')} of the network by hand")
    button.button(
        "Undo all",
        on_click=undo_changes,
        args=(-1,),
        key="undo-changes",
        width="stretch",
        help="Back to the weights before the first change.",
    )


def change_network(texts: Iterable[str]) -> None:
    """Make changes of the network on screen. A training of it ends; its weights of now are those that change."""
    run, given = PLANE.run, PLANE.given
    if given is None:
        return
    changes = PLANE.changes
    trained = run.trainer.snapshot() if run is not None else None
    if run is not None and trained is not None and trained.step > 0:
        run.trainer.pause()
        trained = run.trainer.snapshot()
        title = f"{run_title(changes, given)}, {counted(trained.step, 'step')}"
        changes = Changes((), given.network.key, PlaneNetwork.of(run.trainer.network(trained), title))
    start, new = changes.start or given, _readable(texts)
    made = changes.made
    try:
        _changed(start, made := with_changes(changes.made, new))
    except ValueError:
        made = _as_far_as_possible(start, changes.made, new)
    PLANE.changes = Changes(made, given.network.key, changes.start)


def _as_far_as_possible(start: PlaneNetwork, made: tuple[Change, ...], new: tuple[Change, ...]) -> tuple[Change, ...]:
    """The changes up to the first that is impossible, of which a message tells: fast clicks arrive several at once."""
    for change in new:
        try:
            _changed(start, longer := with_changes(made, [change]))
        except ValueError as error:
            st.toast(sentence(error), icon=":material/build:", duration="long")
            break
        made = longer
    return made


def run_title(changes: Changes, given: PlaneNetwork) -> str:
    start = changes.start or given
    return _changed(start, changes.made).title if changes.made else start.title


def undo_changes(count: int) -> None:
    """Take back the last changes; -1 for all."""
    changes = PLANE.changes
    made = () if count < 0 else changes.made[: max(0, len(changes.made) - count)]
    PLANE.changes = Changes(made, changes.of, changes.start)


def own_units(network: PlaneNetwork) -> tuple[tuple[int, ...], Activation] | None:
    """Hidden widths and activation of a network that Explore can build anew, with other weights; None for any other."""
    chain = chain_of(network.module)
    if chain is None or network.bands or chain[1] not in UNITS.values():
        return None
    return tuple(layer.out_features for layer in chain[0][:-1]), chain[1]


def changes_units(texts: Iterable[str]) -> bool:
    """Whether one of the changes adds or removes units."""
    return any(change.structural for change in _readable(texts))


def _readable(texts: Iterable[str]) -> tuple[Change, ...]:
    """The changes; what the browser sent and is none is dropped."""
    read = []
    for text in texts:
        try:
            read.append(read_change(text))
        except ValueError:
            continue
    return tuple(read)


def _changed(start: PlaneNetwork, made: tuple[Change, ...]) -> PlaneNetwork:
    return _kept(start.network.key, made, start) if made else start


@st.cache_resource(show_spinner=False, max_entries=64)
def _kept(key: str, made: tuple[Change, ...], _start: PlaneNetwork) -> PlaneNetwork:
    module = apply_changes(_start.module, made)
    before, after = ("-".join(map(str, widths)) for widths in (_widths(_start), _widths(PlaneNetwork.of(module, ""))))
    title = f"{_start.title}, changed by hand" if before == after else f"{after}, from {_start.title}"
    return PlaneNetwork.of(module, title)


def _widths(network: PlaneNetwork) -> tuple[int, ...]:
    return (2, *network.network.module_widths, network.network.classes)
