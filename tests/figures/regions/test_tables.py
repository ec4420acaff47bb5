"""The table of regions says what the network does."""

from __future__ import annotations

import numpy as np
import torch

from figures.regions.tables import regions_csv
from geometry import enumerate_regions
from tests.strategies import mlp
from tests.tables import read_table


def test_each_row_is_true_at_its_centroid():
    network = mlp([2, 9, 3], 4)
    regions = enumerate_regions(network, (-2, 2, -2, 2))
    about, rows = read_table(regions_csv(regions, {"network": "=mine"}))
    assert about["network"] == "=mine"
    assert about["regions"] == f"{len(regions)} (all of the window)"
    assert about["window"].startswith("-2.0 2.0 -2.0 2.0")
    assert len(rows) == len(regions)
    assert np.isclose(sum(float(row["area"]) for row in rows), 16)
    for row in rows:
        s, t = float(row["s"]), float(row["t"])
        with torch.no_grad():
            x = torch.tensor([[s, t]], dtype=torch.float64)
            logits, on = network(x)[0], network[0](x)[0] > 0
        said = [float(row[f"a_{k}"]) * s + float(row[f"b_{k}"]) * t + float(row[f"c_{k}"]) for k in range(3)]
        assert np.allclose(said, logits)
        assert int(row["class"]) == int(logits.argmax())
        assert row["pattern"] == "".join("1" if unit else "0" for unit in on.tolist())
