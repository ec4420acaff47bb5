"""Region maps as tables for other programs."""

from __future__ import annotations

import numpy as np

from figures.provenance import About, csv_text
from geometry.regions.region_map import RegionMap


def regions_csv(regions: RegionMap, about: About) -> str:
    """One row per region under where they come from: class, area, centroid, faces, pattern, map of every logit.

    The pattern is a string of 0 and 1 over all hidden units, first layer first; the map of logit k is
    a_k·s + b_k·t + c_k. Numbers are written so that reading them gives the same float64.
    """
    n, classes = regions.pieces.shape[:2]
    patterns = np.where(regions.patterns(np.arange(n)), "1", "0")
    maps = [f"{letter}_{k}" for k in range(classes) for letter in "abc"]
    columns = (regions.classes, regions.areas(), regions.centroids(), regions.faces(), patterns, regions.pieces)
    rows = (
        [i, int(label), float(area), *map(float, centroid), int(faces), "".join(pattern), *piece.ravel().tolist()]
        for i, (label, area, centroid, faces, pattern, piece) in enumerate(zip(*columns))
    )
    names = ["region", "class", "area", "s", "t", "faces", "pattern", *maps]
    return csv_text({**about, **_counted(regions)}, names, rows)


def areas_csv(regions: RegionMap, about: About) -> str:
    """One row per region without its pattern and maps, which are long: class, area, centroid, faces, active units."""
    s, t = regions.centroids().T
    columns = (regions.classes, regions.areas(), s, t, regions.faces(), regions.active_units())
    rows = zip(range(len(regions)), *(column.tolist() for column in columns))
    names = ["region", "class", "area", "s", "t", "faces", "active_units"]
    return csv_text({**about, **_counted(regions)}, names, rows)


def _counted(regions: RegionMap) -> dict[str, str]:
    """Which window the rows are of, and whether they are all of its regions."""
    window = " ".join(repr(float(side)) for side in regions.window)
    which = "only a part of the window asked for" if regions.truncated else "all of the window"
    return {
        "window": f"{window} (s0 s1 t0 t1)",
        "regions": f"{len(regions)} ({which})",
        "units": "s and t in input units along the plane and area in their square",
    }
