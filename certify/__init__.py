"""Certificates, attacks and exact searches: lower and upper bounds of adversarial perturbations."""

from certify.attacks import Attack, attack
from certify.bounds.bounds import bounds, margins
from certify.bounds.certificates import CERTIFICATES
from certify.bounds.methods import METHODS
from certify.bounds.radius import certified_radius
from certify.bounds.tightness import TESTABLE, Tightness, is_tight, tightness
from certify.dataset.detection import Detection, detection, flags
from certify.dataset.index_sets import SETS, IndexCounts, IndexSets, index_counts, index_sets
from certify.dataset.lp_gap import LpGap, lp_gap
from certify.dataset.robust_error import RobustError, robust_error
from certify.dataset.sorted_radii import SortedRadii, sorted_radii
from certify.exact.minimal_perturbation import MinimalPerturbation, minimal_perturbation
from certify.exact.verify import Verdict, verify
from certify.ladder import ladder
from certify.parametric.family import Family, blend, brightness_contrast, shift
from certify.parametric.ladder import proved_by_bounds
from certify.parametric.proof import PlaneProof, prove_over_plane
from certify.parametric.witness import Counterexample
from certify.polytopes.comparison import Polytopes, polytope_sweep, polytopes
from certify.polytopes.outer_polytope import layerwise_box, outer_polytope, support_values
from certify.properties.decision import Decision, Violation, decide_property
from certify.properties.property import Case, Inequality, Property
from certify.properties.vnnlib import read_vnnlib
from certify.resumable_runs import complete
from certify.rungs import STEPS, Rung, affordable, applicable
from certify.staged_runs.answers import Answers
from certify.staged_runs.detection import detection_run
from certify.staged_runs.radius import radius_run
from certify.staged_runs.robust_error import robust_error_run
from certify.staged_runs.run import Run, all_answers, carried_out
from certify.staged_runs.tightness import tightness_run

__all__ = [
    "CERTIFICATES",
    "METHODS",
    "SETS",
    "STEPS",
    "TESTABLE",
    "Answers",
    "Attack",
    "Case",
    "Counterexample",
    "Decision",
    "Detection",
    "Family",
    "IndexCounts",
    "IndexSets",
    "Inequality",
    "LpGap",
    "MinimalPerturbation",
    "PlaneProof",
    "Polytopes",
    "Property",
    "RobustError",
    "Run",
    "Rung",
    "SortedRadii",
    "Tightness",
    "Verdict",
    "Violation",
    "affordable",
    "all_answers",
    "applicable",
    "attack",
    "blend",
    "bounds",
    "brightness_contrast",
    "carried_out",
    "certified_radius",
    "complete",
    "decide_property",
    "detection",
    "detection_run",
    "flags",
    "index_counts",
    "index_sets",
    "is_tight",
    "ladder",
    "layerwise_box",
    "lp_gap",
    "margins",
    "minimal_perturbation",
    "outer_polytope",
    "polytope_sweep",
    "polytopes",
    "prove_over_plane",
    "proved_by_bounds",
    "radius_run",
    "read_vnnlib",
    "robust_error",
    "robust_error_run",
    "shift",
    "sorted_radii",
    "support_values",
    "tightness",
    "tightness_run",
    "verify",
]
