"""The live picture as one HTML file, for a web site, a mail or a notebook. It needs no server.

`python -m pages.region_view.plain_page moons > moons.html` writes one of a toy data set.
"""

from __future__ import annotations

import base64
import html
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from string import Template

from figures.live_view.javascript import bundle
from figures.live_view.markup import markup
from figures.regions.frames import Frame, region_frame
from figures.regions.overlays import Overlays, ViewOptions
from figures.regions.strokes import STROKES
from figures.style.palette import all_palettes
from geometry import enumerate_regions
from models import load_preset

HERE = Path(__file__).parent


@dataclass(frozen=True)
class PlainPage:
    """A page of HTML; a notebook cell shows it as its result."""

    text: str
    height: int  # CSS pixels, in a notebook

    def _repr_html_(self) -> str:
        frame = f'<iframe style="width: 100%; height: {self.height}px; border: 0" srcdoc="{html.escape(self.text)}">'
        return f"{frame}</iframe>"


def plain_page(
    frame: Frame,
    overlays: Overlays | None = None,
    options: ViewOptions | None = None,
    title: str = "Linear regions",
    height: int = 640,
) -> PlainPage:
    """A frame with its overlays, to read, zoom and pin in any browser.

    Regions outside the frame's window are not computed, and a pin has no certificate: both need Python. An element
    around the picture receives both requests as "region-view" events.
    """
    chosen = replace(options or ViewOptions(), report_view=False, report_seen=False, edit_points=False)
    message = {
        "frame": frame.hash,
        "overlays": (overlays or Overlays()).as_json(),
        "options": chosen.as_json(),
        "height": "100vh",
        "turn": None,
        "ack": 0,
    }
    constants = {
        "PALETTES": all_palettes(),
        "STROKES": asdict(STROKES),
        "MESSAGE": message,
        "FRAME": base64.b64encode(frame.to_bytes()).decode(),
    }
    view, css = markup()
    template = Template((HERE / "hosts" / "plain_page.html").read_text(encoding="utf-8"))
    script = bundle(HERE / "hosts" / "plain_page.js", constants)
    return PlainPage(template.substitute(title=html.escape(title), css=css, view=view, script=script), height)


def main(name: str) -> None:
    preset = load_preset(name)
    data = preset.dataset
    frame = region_frame(enumerate_regions(preset.network, data.window))
    page = plain_page(frame, Overlays(points=data.x, labels=data.y), title=f"{name}: {len(frame)} linear regions")
    sys.stdout.buffer.write(page.text.encode())


if __name__ == "__main__":
    main(*sys.argv[1:2] or ["moons"])
