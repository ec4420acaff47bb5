"""The experiments of Wong and Kolter (2018)."""

from papers.experiment import Paper

KW = Paper(
    "kw",
    "KW",
    "Provable Defenses against Adversarial Examples via the Convex Outer Adversarial Polytope",
    "Wong and Kolter, ICML 2018",
)
