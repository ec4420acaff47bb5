"""One network's exact geometry: affine pieces, linear regions, distances, balls."""

from geometry.adversarial_polytope import ReachableSet, adversarial_polytope, reachable_set
from geometry.ball import ball_on_plane
from geometry.box import Box, as_box
from geometry.distances import Distances, distances, nearest_boundary_points, simplex_certificate
from geometry.enumerate import enumerate_regions
from geometry.hyperplanes import box_distances, hyperplane_distances, nearest_points
from geometry.network import Network, Normalize, UnsupportedLayerError, as_network
from geometry.plane import Plane
from geometry.region import Region, region_at, region_polygon
from geometry.region_map import RegionMap
from geometry.theorem31 import Theorem31, theorem_3_1

__all__ = [
    "Box",
    "Distances",
    "Network",
    "Normalize",
    "Plane",
    "ReachableSet",
    "Region",
    "RegionMap",
    "Theorem31",
    "UnsupportedLayerError",
    "adversarial_polytope",
    "as_box",
    "as_network",
    "ball_on_plane",
    "box_distances",
    "distances",
    "enumerate_regions",
    "hyperplane_distances",
    "nearest_boundary_points",
    "nearest_points",
    "reachable_set",
    "region_at",
    "region_polygon",
    "simplex_certificate",
    "theorem_3_1",
]
