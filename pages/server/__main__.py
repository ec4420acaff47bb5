"""Start the app: python -m pages.server [options of `streamlit run`]

As `streamlit run app.py`, with one difference. A folder named pages beside the script makes Streamlit expect its old
layout, one page a file, until the script has run once; a link to /certify that opens a fresh server would be met with
"Page not found". Here the pages are those that app.py lists, from the start.
"""

from __future__ import annotations

import sys
from pathlib import Path

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.cli import main

APP = Path(__file__).parents[2] / "app.py"

if __name__ == "__main__":
    PagesManager.uses_pages_directory = False
    sys.argv = ["streamlit", "run", str(APP), *sys.argv[1:]]
    main()
