"""The Certify page, from top to bottom the way of the data: subject, adversary, point or data set, picture, words."""

from __future__ import annotations

import streamlit as st

from pages.certify import controls, dataset, point, reading, subject
from pages.certify.climb import point_view
from pages.explore import data, link, network, training
from pages.teaching import tour_button

LINK_NAMES = frozenset().union(
    *(part.LINK_NAMES for part in (data, network, training, subject, controls, point, dataset))
)


def certify() -> None:
    show, show_link = _title()
    link.check_names("certify", LINK_NAMES)
    complaints = st.container()
    point.take_pin()

    with st.sidebar:
        chosen = subject.subject_controls()
        if chosen is not None:
            search = controls.search_controls(chosen.network, images=chosen.dataset is None)
            asked = point.asked_point(chosen)
            reading.picture_format()
            _share_note(chosen)

    if chosen is None:
        subject.what_is_missing()
    elif show == controls.LADDER:
        point_view(chosen, asked, search)
        link.write({**chosen.link, **search.link, **asked.link, **show_link})
    else:
        parts = dataset.data_view(chosen, search)
        link.write({**chosen.link, **search.link, **asked.link, **show_link, **parts})
    with complaints:
        link.show_complaints()


def _title() -> tuple[str, dict[str, str | None]]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("Certify", anchor=False, width="content")
        found = controls.view_control()
        st.caption("What an adversary can do to a network, and provably cannot.", width="content")
        tour_button("certify")
        return found


def _share_note(chosen: subject.Subject) -> None:
    if chosen.in_link:
        st.caption(":material/link: The link in the address bar reopens this page.")
    elif chosen.dataset is None:
        st.caption(":material/link_off: The link has everything but the network: who opens it uploads it again.")
    else:
        st.caption(":material/link_off: Your points or weights are not in the link: export them in Explore.")


certify()
