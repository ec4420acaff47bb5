"""What an adversary can do to a network, and provably cannot."""

from certify.attacks import Attack, attack
from certify.bounds import bounds, margins
from certify.certificates import CERTIFICATES
from certify.chunks import complete
from certify.detection import Detection, detection, flags
from certify.index_sets import SETS, IndexCounts, IndexSets, index_counts, index_sets
from certify.ladder import ladder
from certify.lp_gap import LpGap, lp_gap
from certify.methods import METHODS
from certify.minimal_perturbation import MinimalPerturbation, minimal_perturbation
from certify.outer_polytope import layerwise_box, outer_polytope, support_values
from certify.polytopes import Polytopes, polytope_sweep, polytopes
from certify.radius import certified_radius
from certify.robust_error import RobustError, robust_error
from certify.rungs import STEPS, Rung, affordable, applicable
from certify.sorted_radii import SortedRadii, sorted_radii
from certify.tightness import TESTABLE, Tightness, is_tight, tightness
from certify.verify import Verdict, verify

__all__ = [
    "CERTIFICATES",
    "METHODS",
    "SETS",
    "STEPS",
    "TESTABLE",
    "Attack",
    "Detection",
    "IndexCounts",
    "IndexSets",
    "LpGap",
    "MinimalPerturbation",
    "Polytopes",
    "RobustError",
    "Rung",
    "SortedRadii",
    "Tightness",
    "Verdict",
    "affordable",
    "applicable",
    "attack",
    "bounds",
    "certified_radius",
    "complete",
    "detection",
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
    "robust_error",
    "sorted_radii",
    "support_values",
    "tightness",
    "verify",
]
