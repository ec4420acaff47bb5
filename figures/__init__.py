"""Pictures as data: frames of the live picture, charts, SVG, films; and `web_page`, a picture as one HTML file.

In a notebook, `import figures` makes a region map show itself as such a page.
"""

from figures.live_view.notebook import show_region_maps
from figures.live_view.web_page import PageMoment, PagePicture, WebPage, web_page

__all__ = ["PageMoment", "PagePicture", "WebPage", "web_page"]

show_region_maps()
