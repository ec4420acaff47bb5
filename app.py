"""ReLUscope's entry script: the list of pages, and what all pages share."""

from pathlib import Path

import streamlit as st

from figures.words import sentence
from geometry.computation.memory import NoRoomError
from pages.region_view import view_code
from pages.shared import link
from pages.shared.background.own_run import drawing
from pages.shared.theme import follow_theme
from pages.teaching import presenter_mode, tour_card

LOGO = Path(__file__).parent / "pages" / "logo.svg"
ICON = Path(__file__).parent / "pages" / "icon.svg"  # a material icon would be loaded from another server
STYLE = Path(__file__).parent / "pages" / "style.css"

# Streamlit adds an entry to the browser's history whenever the link changes. Back would then lead to an earlier state
# of the same page, which the page overwrites at once. With this script a change of the link replaces the entry; only
# another page adds one. The script also hides icons from screen readers: they would read an icon's name aloud.
SCRIPT = """<script>
if (!window.reluscopeHistory) {
  window.reluscopeHistory = true;
  const push = history.pushState.bind(history);
  history.pushState = (state, title, address) => {
    const same = new URL(address ?? "", location.href).pathname === location.pathname;
    return same ? history.replaceState(state, title, address) : push(state, title, address);
  };
  const hide = () => {
    for (const icon of document.querySelectorAll('[data-testid="stIconMaterial"]:not([aria-hidden])')) {
      icon.setAttribute("aria-hidden", "true");
    }
  };
  new MutationObserver(hide).observe(document.body, { childList: true, subtree: true });
  hide();
}
</script>"""


def _explore() -> None:
    """Redirect /explore to the first page, which has the app's root address."""
    st.switch_page("pages/explore/page.py", query_params=st.query_params.to_dict())


def _draw() -> None:
    """Draw the shared part, and the page of the address."""
    st.set_page_config(page_title="ReLUscope", page_icon=str(ICON), layout="wide", initial_sidebar_state="auto")
    st.logo(str(LOGO), size="large")
    st.html(STYLE)
    st.html(SCRIPT, unsafe_allow_javascript=True)
    page = st.navigation(
        [
            st.Page("pages/explore/page.py", title="Explore", icon=":material/explore:", default=True),
            st.Page("pages/certify/page.py", title="Certify", icon=":material/verified_user:", url_path="certify"),
            st.Page("pages/train/page.py", title="Train", icon=":material/model_training:", url_path="train"),
            st.Page("pages/polytope/page.py", title="Polytope", icon=":material/pentagon:", url_path="polytope"),
            st.Page("pages/slices/page.py", title="Slices", icon=":material/blur_on:", url_path="slices"),
            st.Page("pages/papers/page.py", title="Papers", icon=":material/menu_book:", url_path="papers"),
            st.Page(_explore, title="Explore", url_path="explore", visibility="hidden"),
        ]
    )
    view_code()
    follow_theme()
    presenting, card = presenter_mode(), tour_card()
    link.everywhere({**presenting, **card.link})
    page.run()
    card.ask()


try:
    with drawing():  # includes the shared part: thirty visitors at once would delay the thread that answers them
        _draw()
except NoRoomError as error:
    st.error(sentence(error), icon=":material/memory:")
