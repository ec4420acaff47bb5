"""Write the shipped ACAS Xu network from Stanford's file: python -m models.vectors ACASXU_experimental_v2a_1_1.nnet"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from models.files.network_files import load_network, save_network
from models.vectors.inputs import negated
from models.vectors.shipped import ACAS_XU, FOLDER

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the notes of a .nnet file: ranges, and that the least output is the advice
    network = load_network(Path(sys.argv[1]))
save_network(negated(network), FOLDER / f"{ACAS_XU}.safetensors")
