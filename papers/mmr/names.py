"""The words of MMR's tables, and the networks of their rows."""

from __future__ import annotations

from geometry.norms import FILE_NORMS, NORM_SYMBOLS
from papers.sources import Source, Trained

DATA_TITLES = {"mnist": "MNIST", "fashion-mnist": "F-MNIST", "gts": "GTS", "cifar-10": "CIFAR-10"}
NETWORK_TITLES = {"fc1": "FC1", "fc10": "FC10", "cnn": "CNN"}
NORM_TITLES = {name: NORM_SYMBOLS[p] for name, p in FILE_NORMS.items()}
SCHEME_TITLES = {
    "plain": "plain",
    "at": "adversarial",
    "kw": "KW",
    "xiao": "Xiao et al.",
    "mmr": "MMR",
    "mmr-at": "MMR+at",
    "mmr-dD": "MMR-d_D",
}
SCHEMES = ("plain", "at", "kw", "mmr", "mmr-at")  # in the order of the papers' tables


def trained(dataset: str, network: str, norm: str, scheme: str) -> Source:
    """The network of a row, by its recipe's name. Plain training knows no norm: one network serves both."""
    norm = "linf" if scheme == "plain" else norm
    scheme = "relu-stability" if scheme == "xiao" else scheme
    return Trained(f"{dataset}-{network}-{norm}-{scheme}")
