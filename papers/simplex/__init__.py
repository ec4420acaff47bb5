"""The experiments of Singla and Feizi (2019)."""

from papers.experiment import Paper

SIMPLEX = Paper(
    "simplex",
    "Simplex",
    "Robustness Certificates Against Adversarial Examples for ReLU Networks",
    "Singla and Feizi, 2019",
)
