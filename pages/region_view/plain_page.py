"""The live picture of a toy data set as one HTML file: `python -m pages.region_view.plain_page moons > moons.html`."""

from __future__ import annotations

import sys

from figures import PageMoment, PagePicture, web_page
from figures.regions.frames import region_frame
from figures.regions.overlays import Overlays
from figures.words import counted
from geometry import enumerate_regions
from models import load_preset


def main(name: str) -> None:
    preset = load_preset(name)
    data = preset.dataset
    regions = enumerate_regions(preset.network, data.window)
    picture = PagePicture(name, [PageMoment(region_frame(regions), Overlays(points=data.x, labels=data.y))])
    title = f"{name}: {counted(len(regions), 'linear region')}"
    sys.stdout.buffer.write(web_page(picture, title=title, measured="inputs").text.encode())


if __name__ == "__main__":
    main(*sys.argv[1:2] or ["moons"])
