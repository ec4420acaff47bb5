"""Train all presets again: python -m models.presets"""

from __future__ import annotations

import shlex

from models.data.toy import DATASETS
from models.files.cards import Card
from models.files.network_files import save_network
from models.networks.builders import tight_network
from models.networks.error_rate import error_rate
from models.presets import FOLDER, RECIPES, ROBUST, SMALL, SWEEPS, TRADE_OFF
from models.training.command_line import main
from models.training.sweep import main as sweep_main


def build_tight() -> None:
    """Write Tight's network, which is built from formulas."""
    network, data = tight_network(), DATASETS["tight"]()
    card = Card(
        title="Tight's 4-unit network, from the formulas of its appendix A",
        command="python -m models.presets",
        dataset={"name": "tight", "size": len(data), "seed": 0},
        widths=(2, 4, 2),
        parameters=0,
        training={},
        clean_error=error_rate(network, data.x, data.y),
    )
    save_network(network, FOLDER / "tight.safetensors", card)


for name, recipe in {**RECIPES, **SMALL, **ROBUST}.items():
    main([*shlex.split(recipe), "--output", str(FOLDER / f"{name}.safetensors")])
for sweep in SWEEPS:
    varied, *others = shlex.split(sweep)
    sweep_main([varied, "--folder", str(TRADE_OFF), *others])
build_tight()
