"""In a notebook, a region map shows itself as a web page: the picture, alive."""

from __future__ import annotations

import sys
from typing import Any

from figures.live_view.web_page import web_page
from figures.words import thousands
from geometry import RegionMap

MOST_SHOWN = 40_000  # regions of a picture in a notebook, which saves it in its file: some 8 MB


def show_region_maps() -> None:
    """Tell IPython, where it runs, how to show a `RegionMap`. Elsewhere nothing happens."""
    ipython = sys.modules.get("IPython")
    shell: Any = None if ipython is None else ipython.get_ipython()
    formatter = None if shell is None else shell.display_formatter.formatters.get("text/html")
    if formatter is not None:
        formatter.for_type(RegionMap, region_map_html)


def region_map_html(regions: RegionMap) -> str | None:
    """The HTML of a notebook's cell; None above MOST_SHOWN regions, where the cell shows the text alone."""
    if len(regions) > MOST_SHOWN:
        return None
    title = f"{thousands(len(regions))} linear regions"
    lead = "The window holds more; this part of it is complete." if regions.truncated else "All of them in this window."
    return web_page(regions, title=title, lead=lead)._repr_html_()
