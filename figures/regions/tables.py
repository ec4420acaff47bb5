"""CSV tables of region maps."""

from __future__ import annotations

import numpy as np

from figures.provenance import About, csv_text
from geometry.regions.region_map import RegionMap


def regions_csv(regions: RegionMap, about: About) -> str:
    """The metadata and one row per region: class, area, centroid, faces, pattern, the map of every logit.

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
    """A shorter table, without patterns and maps: class, area, centroid, faces and active units of each region."""
    s, t = regions.centroids().T
    columns = (regions.classes, regions.areas(), s, t, regions.faces(), regions.active_units())
    rows = zip(range(len(regions)), *(column.tolist() for column in columns))
    names = ["region", "class", "area", "s", "t", "faces", "active_units"]
    return csv_text({**about, **_counted(regions)}, names, rows)


def _counted(regions: RegionMap) -> dict[str, str]:
    """Metadata: the window, and whether the rows are all of its regions."""
    window = " ".join(repr(float(side)) for side in regions.window)
    completeness = "only a part of the window asked for" if regions.truncated else "all of the window"
    return {
        "window": f"{window} (s0 s1 t0 t1)",
        "regions": f"{len(regions)} ({completeness})",
        "units": "s and t in input units along the plane and area in their square",
    }
