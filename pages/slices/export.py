"""Downloads: each network's picture, its regions, and the numbers on the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from figures import PageMoment, PagePicture, web_page
from figures.provenance import About, csv_text, origin, perturbations
from figures.regions.graph_json import region_graph_json
from figures.regions.overlays import Overlays, ViewOptions
from figures.regions.tables import areas_csv
from figures.style.palette import Theme
from figures.svg.region_svg import region_svg
from figures.svg.thumbnails import on_scale
from geometry.norms import Norm
from geometry.regions.enumerate_in_memory import regions_in_memory
from geometry.regions.region_map import RegionMap
from pages.shared.box_control import Box
from pages.shared.downloads import download
from pages.shared.plain import plain
from pages.slices.images import Choice
from pages.slices.networks import ShownNetwork
from pages.slices.pictures import MOST_REGIONS, SlicePicture
from pages.slices.pin import BOUND_TITLES, PinResults
from pages.slices.plane import Slice

Drawn = tuple[ShownNetwork, SlicePicture, Overlays, ViewOptions]


def export(
    drawn: Sequence[Drawn],
    results: Sequence[PinResults | None],
    choice: Choice,
    where: Slice,
    p: Norm,
    theme: Theme,
    box: Box | None = None,
) -> None:
    """A popover with all downloads; each file is made when its button is clicked."""
    with st.popover("Export", icon=":material/download:", key="slices-export"):
        st.caption("PNG: the arrow in a picture's upper left corner saves what you see.")
        for slot, one in enumerate(drawn):
            region_downloads(slot, one, choice, where, theme)
        networks = " and ".join(net.title for net, _, _, _ in drawn)
        download(
            "Save as web page", partial(page_of, drawn, choice, where), "slice.html", "text/html",
            key="slices-web-page", disabled=not drawn,
            help="One file that opens in any browser, without a network: zoom, read regions, switch colours. "
            "What is proved about the pin as it is now is in it; for another point it says what holds on the plane.",
        )  # fmt: skip
        about_all = {
            **origin("numbers of the pictures and of the pinned point", networks, on_plane(choice, where)),
            **perturbations(p, box),
            "units": choice.words.unit or "distances in input units in the norm and areas in input units squared",
        }
        download(
            "Numbers (CSV)", partial(numbers_table, drawn, results, choice, p, about_all), "slice-numbers.csv",
            "text/csv", key="slices-numbers-csv", help="Regions, area per class, and the results for the pin.",
        )  # fmt: skip


def region_downloads(slot: int, one: Drawn, choice: Choice, where: Slice, theme: Theme) -> None:
    """The downloads of one network: its picture, its regions, and their graph."""
    net, picture, overlays, options = one
    st.markdown(f"**{plain(net.title)}**")
    left, right = st.columns(2)
    about, classes = origin_of(net, choice, where), _classes(net, choice)
    drawing = partial(region_svg, on_scale(picture.frame, choice.limits), overlays, options, theme=theme)
    with left:
        download(
            "Picture (SVG)", partial(drawing, about=options.about), f"slice-{slot + 1}.svg", "image/svg+xml",
            key=f"slices-svg-{slot}",
        )  # fmt: skip
    with right:
        download(
            "Regions (CSV)",
            partial(regions_table, net, picture, where, about("linear regions, one row each") | classes),
            f"slice-{slot + 1}-regions.csv", "text/csv", key=f"slices-csv-{slot}",
            disabled=picture.count is None,
            help="Class, area, centroid, sides and active units of every region in the picture's window.",
        )  # fmt: skip
    download(
        "Region graph (JSON)",
        partial(graph_of, net, picture, where, about("regions and their neighbours") | classes),
        f"slice-{slot + 1}-graph.json", "application/json", key=f"slices-graph-{slot}",
        disabled=picture.count is None,
        help="For NetworkX: a node for each linear region, an edge for each pair of neighbours.",
    )  # fmt: skip


def _classes(net: ShownNetwork, choice: Choice) -> dict[str, str]:
    """Metadata: the names of the classes, or of the bands of a number, that rows have by number."""
    names = choice.named(net.bands).images.classes
    return {"classes": "; ".join(f"{number} = {name}" for number, name in enumerate(names))} if names else {}


def page_of(drawn: Sequence[Drawn], choice: Choice, where: Slice) -> str:
    """The pictures side by side as one HTML file."""
    pictures = [
        PagePicture(net.title, [PageMoment(on_scale(picture.frame, choice.limits), overlays)], options)
        for net, picture, overlays, options in drawn
    ]
    networks = " and ".join(net.title for net, _, _, _ in drawn)
    about = {**origin("linear regions of a plane", networks, on_plane(choice, where))}
    title = f"A plane through {choice.words.things}: {networks}"
    return web_page(*pictures, title=title, lead=on_plane(choice, where), measured="plane", about=about).text


def about_picture(net: ShownNetwork, choice: Choice, where: Slice, p: Norm, box: Box | None) -> dict[str, str]:
    """The provenance of a network's picture."""
    return origin_of(net, choice, where)(f"linear regions of a plane through {choice.words.things}") | perturbations(
        p, box
    )


def origin_of(net: ShownNetwork, choice: Choice, where: Slice) -> Callable[[str], dict[str, str]]:
    """A function from a file's content to the provenance of a file about this network and plane."""
    return partial(origin, network=net.title, data=on_plane(choice, where), weights=net.network.key)


def on_plane(choice: Choice, where: Slice) -> str:
    """What spans the plane, and how it was moved from there, as text."""
    return ", ".join(filter(None, (choice.spanned(where.names), where.moved)))


def regions_table(net: ShownNetwork, picture: SlicePicture, where: Slice, about: About) -> str:
    """CSV of the regions in the picture's window."""
    return areas_csv(_enumerated(net, picture, where), about)


def graph_of(net: ShownNetwork, picture: SlicePicture, where: Slice, about: About) -> str:
    """JSON of the regions in the picture's window and of their neighbours."""
    return region_graph_json(_enumerated(net, picture, where), about)


def _enumerated(net: ShownNetwork, picture: SlicePicture, where: Slice) -> RegionMap:
    """The regions in the picture's window, enumerated again: too large to keep."""
    return regions_in_memory(net.network, picture.frame.window, where.plane, max_regions=MOST_REGIONS)


def numbers_table(
    drawn: Sequence[Drawn],
    results: Sequence[PinResults | None],
    choice: Choice,
    p: Norm,
    about: About,
) -> str:
    """CSV with a row for each number: network, quantity, value."""
    table: list[tuple[str, str, object]] = []
    for (net, picture, _, _), result in zip(drawn, results):
        rows: list[tuple[str, object]] = [
            (f"window {side}", float(value)) for side, value in zip(("s0", "s1", "t0", "t1"), picture.frame.window)
        ]
        if picture.count is not None:
            rows.append(("linear regions", picture.count))
        if picture.numbers is not None:
            rows += [
                (f"area of class {_class(choice.named(net.bands), label)}", float(area))
                for label, area in enumerate(picture.numbers.class_areas)
            ]
        if result is not None and result.near is not None:
            near = result.near
            rows += [("d_B", near.d_B), ("d_D", near.d_D)]
            rows += [("d_B on the plane", near.on_plane[0]), ("d_D on the plane", near.on_plane[1])]
            rows += [(title, result.values[name]) for name, title in BOUND_TITLES.items() if name in result.values]
            if result.edge[1] is not None:
                rows.append(("boundary on the plane", result.edge[0]))
            attacked = result.values.get("attack")
            if attacked is not None:
                rows.append(("DeepFool", attacked.distance))
        table += [(net.title, quantity, value) for quantity, value in rows]
    return csv_text(about, ["network", "quantity", "value"], table)


def _class(choice: Choice, label: int) -> str:
    """The class's name, or else its number."""
    names = choice.images.classes
    return names[label] if label < len(names) else str(label)
