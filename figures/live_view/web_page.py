"""Pictures as one HTML file that opens in any browser, without a network: the app's own JavaScript, and the frames.

The page zooms, reads regions, pins points with their d_B and d_D, switches layers, fills, norm and theme, and plays a
film. What the app computes in Python is not there: a pin's numbers come from the region's polygon and affine maps.
"""

from __future__ import annotations

import base64
import html
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from string import Template
from typing import Any, Literal

from figures.live_view.javascript import bundle
from figures.live_view.markup import markup
from figures.live_view.saved_frame import saved_frame
from figures.regions.frames import Frame, region_frame
from figures.regions.overlays import Overlays, ViewOptions
from figures.regions.strokes import STROKES
from figures.style.palette import Theme, all_palettes
from figures.words import counted
from geometry import Plane, RegionMap

HERE = Path(__file__).parent / "saved_page"
Measured = Literal["inputs", "plane"]


@dataclass(frozen=True, eq=False)
class PageMoment:
    """One moment of a picture."""

    frame: Frame
    overlays: Overlays = field(default_factory=Overlays)
    note: str = ""  # over the picture, such as "1 204 regions"


@dataclass(frozen=True, eq=False)
class PagePicture:
    """One network's picture, or its film.

    Raises
    ------
    ValueError
        If it has no moment.
    """

    title: str
    moments: Sequence[PageMoment]
    options: ViewOptions = field(default_factory=ViewOptions)

    def __post_init__(self) -> None:
        if not self.moments:
            raise ValueError("a picture needs at least one moment, got none")


@dataclass(frozen=True)
class WebPage:
    """A page of HTML; a notebook cell shows it as its result."""

    text: str
    height: int  # CSS pixels, in a notebook

    def save(self, path: str | Path) -> None:
        """Write the page to a file, which any browser opens."""
        Path(path).write_text(self.text, encoding="utf-8")

    def _repr_html_(self) -> str:
        return (
            f'<iframe style="width: 100%; height: {self.height}px; border: 0" sandbox="allow-scripts allow-downloads" '
            f'srcdoc="{html.escape(self.text)}"></iframe>'
        )


def web_page(
    *pictures: RegionMap | Frame | PagePicture,
    title: str = "Linear regions",
    lead: str = "",
    captions: Sequence[str] = (),
    measured: Measured | None = None,
    theme: Theme | None = None,
    about: Mapping[str, str] | None = None,
    height: int = 720,
) -> WebPage:
    """Region maps, frames or films, side by side on one page that needs no server and no network.

    Parameters
    ----------
    pictures
        At least one. A region map or a frame is a picture without data points. Films have equally many moments.
    title, lead
        The head of the page, and a sentence under it: plain text. Default lead: the number of regions.
    captions : one for each moment of a film
    measured : "inputs" or "plane"
        What a distance on the picture is. "inputs": the plane is the whole input space, so d_B, d_D and min(d_B, d_D)
        are the network's own, in all norms. "plane": the plane is a part of it; the page then shows distances within
        the plane alone, and says so. Default: by the plane of the first region map; "plane" for other pictures.
    theme
        Default: that of the reader's system. The page has a control.
    about
        Where the pictures come from (`figures.provenance.origin`); folded at the foot of the page.
    height : CSS pixels, in a notebook

    Raises
    ------
    ValueError
        Without a picture, for films of different lengths, and for captions that do not fit their number of moments.
    """
    shown = [_picture(picture) for picture in pictures]
    lengths = [len(picture.moments) for picture in shown]
    if not shown or len(set(lengths)) != 1:
        raise ValueError(f"a page needs pictures with equally many moments, got {lengths}")
    if lengths[0] > 1 and len(captions) != lengths[0]:
        raise ValueError(f"a film of {lengths[0]} moments needs as many captions, got {len(captions)}")
    frames = {moment.frame.hash: moment.frame for picture in shown for moment in picture.moments}
    first = pictures[0]
    if measured is None:
        measured = "inputs" if isinstance(first, RegionMap) and first.plane.key == Plane.identity().key else "plane"
    saved = {
        "title": title,
        "lead": lead or _lead(shown),
        "measured": measured,
        "widths": shown[0].moments[0].frame.widths,
        "pictures": [_as_json(picture) for picture in shown],
        "captions": list(captions),
        "about": dict(about or {}),
    }
    constants = {
        "PALETTES": all_palettes(),
        "STROKES": asdict(STROKES),
        "SAVED": saved,
        "FRAMES": {name: _packed(frame) for name, frame in frames.items()},
    }
    view, css = markup()
    template = Template((HERE / "page.html").read_text(encoding="utf-8"))
    text = template.substitute(
        title=html.escape(title),
        theme="" if theme is None else f' data-theme="{theme}"',
        css=f"{(HERE / 'page.css').read_text(encoding='utf-8')}{css}",
        view=view,
        script=bundle(HERE / "page.js", constants),
    )
    return WebPage(text, height)


def packed_size(frame: Frame) -> int:
    """The bytes that a frame takes in a page."""
    return len(_packed(saved_frame(frame)))


def _picture(picture: RegionMap | Frame | PagePicture) -> PagePicture:
    if isinstance(picture, PagePicture):
        held: dict[str, Frame] = {}
        for moment in picture.moments:
            held.setdefault(moment.frame.hash, saved_frame(moment.frame))
        return replace(picture, moments=[replace(moment, frame=held[moment.frame.hash]) for moment in picture.moments])
    frame = picture if isinstance(picture, Frame) else region_frame(picture)
    return PagePicture("", [PageMoment(saved_frame(frame))])


def _lead(pictures: Sequence[PagePicture]) -> str:
    if len(pictures[0].moments) > 1:
        return f"A film of {counted(len(pictures[0].moments), 'moment')}."
    frames = [picture.moments[-1].frame for picture in pictures]
    if any(frame.grid is not None for frame in frames):
        return ""
    counts = [  # of the window that the badge speaks of: a frame may hold more around it
        len(frame) if picture.options.count is None else picture.options.count
        for picture, frame in zip(pictures, frames)
    ]
    return " and ".join(counted(count, "linear region") for count in counts)


def _as_json(picture: PagePicture) -> dict[str, Any]:
    """The last moment's overlays whole; of the others only what differs."""
    overlays = [moment.overlays.as_json() for moment in picture.moments]
    base = overlays[-1]
    options = replace(
        picture.options,
        report_view=False, report_seen=False, edit_points=False, link=None, guides=True, limited=False, surfaces=True,
    )  # fmt: skip
    return {
        "title": picture.title,
        "options": options.as_json() | {"about": dict(options.about)},
        "overlays": base,
        "moments": [
            {
                "frame": moment.frame.hash,
                "changes": {key: value for key, value in own.items() if value != base[key]},
                "note": moment.note,
            }
            for moment, own in zip(picture.moments, overlays)
        ],
    }


def _packed(frame: Frame) -> str:
    """The frame's bytes as a page holds them, compressed and as text."""
    return base64.b64encode(zlib.compress(frame.to_bytes(), 9)).decode()
