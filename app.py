"""ReLUscope's entry: the list of pages, and what every page shares."""

from pathlib import Path

import streamlit as st

from pages.explore import link
from pages.teaching import presenter_mode, tour_card

LOGO = Path(__file__).parent / "pages" / "logo.svg"
STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding-inline: 1.8rem; padding-top: 1.4rem; max-width: none; }
.stApp:has([data-testid="stExpandSidebarButton"]) [data-testid="stMainBlockContainer"] { padding-top: 3.6rem; }
[data-testid="stSidebarUserContent"] { padding-top: 0; }
[data-testid="stSidebarContent"] [data-testid="stVerticalBlock"] { gap: 0.8rem; }
[data-testid="stHeader"] { background: none; height: 2.4rem; }
[data-testid="stHeader"], [data-testid="stHeader"] div { pointer-events: none; } /* the page lies under it */
[data-testid="stHeader"] button { pointer-events: auto; }
[data-testid="stMetricLabel"] { white-space: nowrap; }
.st-key-reading-distances [data-testid="stMetricValue"] { font-size: 1.05rem; }
.st-key-reading-distances [data-testid="stMetricValue"] * { overflow: visible; text-overflow: clip; }
.st-key-busy { position: fixed; top: 0.9rem; right: 4.2rem; width: auto !important; z-index: 1000; }
</style>"""

st.set_page_config(page_title="ReLUscope", page_icon=":material/hive:", layout="wide", initial_sidebar_state="auto")
st.logo(str(LOGO), size="large")
st.html(STYLE)

page = st.navigation(
    [
        st.Page("pages/explore/page.py", title="Explore", icon=":material/explore:", url_path="explore", default=True),
        st.Page("pages/certify/page.py", title="Certify", icon=":material/verified_user:", url_path="certify"),
        st.Page("pages/train/page.py", title="Train", icon=":material/model_training:", url_path="train"),
        st.Page("pages/polytope/page.py", title="Polytope", icon=":material/pentagon:", url_path="polytope"),
        st.Page("pages/slices/page.py", title="Slices", icon=":material/blur_on:", url_path="slices"),
    ]
)
link.everywhere({**presenter_mode(), **tour_card()})
page.run()
