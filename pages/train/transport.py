"""The transport: play, pause, step, rewind, film, and the timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from figures.words import sentence, thousands
from pages.shared.page_button import page_button
from pages.train.reel import Reel
from pages.train.run import Run
from pages.train.setup import new_weights
from pages.train.timeline import timeline_view

LAST = "The step under way ends first; nothing moves after it."


def buttons(run: Run, reel: Reel) -> None:
    """One row over the pictures. `pages/train/keys.js` presses them, too."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="train-transport"):
        over, blocked = run.over, run.over or run.refusal
        ending = run.ending
        if ending:
            _button(f"{ending} …", "hourglass_top", "play", LAST, lambda: None, disabled=True)
        elif run.moving:
            _button("Pause", "pause", "play", "Pause (Space)", lambda: run.pause(), type="primary")
        else:
            _button(
                "Play", "play_arrow", "play", blocked or "Train (Space)", lambda: _play(run, reel), type="primary",
                disabled=bool(blocked),
            )  # fmt: skip
        step, steps = run.step, run.steps
        _button(
            "Back", "skip_previous", "back", "The moment before (←)", lambda: reel.back(run), disabled=len(steps) < 2
        )
        _button(
            "Step",
            "skip_next",
            "step",
            "One step (→)",
            lambda: _onward(run, reel),
            disabled=bool(run.refusal or ending),
        )
        page_button(  # it draws the whole page: the curves are outside this fragment
            "Rewind", icon=":material/replay:", key="train-rewind", help="Rewind to the same initial weights (R)",
            on_click=lambda: _rewind(run, reel), disabled=bool(ending) or not (step or run.state == "failed"),
        )  # fmt: skip
        page_button(
            "New weights", icon=":material/casino:", key="train-new", on_click=new_weights,
            help="Other initial weights, the same for all objectives",
        )  # fmt: skip
        if run.moving and reel.at is not None and not reel.film and not ending:
            st.caption(
                f"Training goes on, at step {thousands(step)}. The pictures show step {thousands(reel.at)}.",
                width="stretch",
            )
        elif ending:
            st.caption(LAST, width="stretch")
        elif over and not run.moving:
            st.caption(over, width="stretch")
        else:
            st.caption(f"Trains on {run.device}", width="stretch")
        if reel.film:
            _button("Stop film", "stop", "film", "Back to the latest moment", reel.follow)
        else:
            few = len(steps) < 3 or run.moving
            _button("Film", "movie", "film", "All moments from the beginning", reel.play, disabled=few)
        _button("Latest", "fast_forward", "latest", "Follow training", reel.follow, disabled=reel.at is None)


def timeline(run: Run, reel: Reel, shown: int) -> None:
    """The timeline of all steps. Moving the knob chooses the moment on screen."""

    def ask(step: int, held: bool) -> None:
        reel.go(step, run)
        reel.held = held

    timeline_view(run.steps, shown, run.trainers[0].total_steps, ask, key="train-timeline")


def _button(
    label: str,
    icon: str,
    name: str,
    help: str,
    act: Callable[[], None],
    type: Literal["primary", "secondary"] = "secondary",
    disabled: bool = False,
) -> None:
    st.button(
        label, icon=f":material/{icon}:", key=f"train-{name}", help=help, on_click=act, type=type, disabled=disabled
    )


def _play(run: Run, reel: Reel) -> None:
    reel.follow()
    try:
        run.play()
    except ValueError as error:
        st.toast(sentence(error), icon=":material/school:", duration="long")


def _onward(run: Run, reel: Reel) -> None:
    if reel.onward(run) or run.state in ("finished", "failed"):
        return
    reel.follow()
    run.advance()


def _rewind(run: Run, reel: Reel) -> None:
    reel.follow()
    run.rewind()
