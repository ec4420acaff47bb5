"""Region maps as tables for other programs."""

from __future__ import annotations

import csv
import io

import numpy as np

from geometry.region_map import RegionMap


def regions_csv(regions: RegionMap) -> str:
    """One row per region: class, area, centroid, faces, pattern, and the affine map of every logit.

    The pattern is a string of 0 and 1 over all hidden units, first layer first; the map of logit k is
    a_k·s + b_k·t + c_k. Numbers are written so that reading them gives the same float64.
    """
    n, classes = regions.pieces.shape[:2]
    patterns = np.where(regions.patterns(np.arange(n)), "1", "0")
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    maps = [f"{letter}_{k}" for k in range(classes) for letter in "abc"]
    table.writerow(["region", "class", "area", "s", "t", "faces", "pattern", *maps])
    columns = (regions.classes, regions.areas(), regions.centroids(), regions.faces(), patterns, regions.pieces)
    for i, (label, area, centroid, faces, pattern, piece) in enumerate(zip(*columns)):
        table.writerow(
            [i, label, repr(float(area)), *map(float, centroid), faces, "".join(pattern), *piece.ravel().tolist()]
        )
    return text.getvalue()


def areas_csv(regions: RegionMap) -> str:
    """One row per region without its pattern and maps, which are long: class, area, centroid, faces, active units."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["region", "class", "area", "s", "t", "faces", "active_units"])
    s, t = regions.centroids().T
    columns = (regions.classes, regions.areas(), s, t, regions.faces(), regions.active_units())
    table.writerows(zip(range(len(regions)), *(column.tolist() for column in columns)))
    return text.getvalue()
