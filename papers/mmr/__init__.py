"""The experiments of Croce, Andriushchenko and Hein (2019)."""

from papers.experiment import Paper

MMR = Paper(
    "mmr",
    "MMR",
    "Provable Robustness of ReLU networks via Maximization of Linear Regions",
    "Croce, Andriushchenko and Hein, AISTATS 2019",
)
