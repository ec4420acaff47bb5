"""One network's exact geometry: affine pieces, linear regions, distances, balls."""

from geometry.box import Box, as_box
from geometry.distances.distances import Distances, distances, nearest_boundary_points
from geometry.distances.hyperplanes import box_distances, hyperplane_distances, nearest_points
from geometry.distances.simplex_certificate import simplex_certificate
from geometry.distances.theorem31 import Theorem31, theorem_3_1
from geometry.network.network import Network, Normalize, UnsupportedLayerError, as_network
from geometry.planar.adversarial_polytope import ReachableSet, adversarial_polytope, reachable_set
from geometry.planar.ball import ball_on_plane
from geometry.plane import Plane
from geometry.regions.class_topology import ClassTopology, class_topology
from geometry.regions.enumerate import enumerate_regions
from geometry.regions.local_complexity import LocalComplexity, local_complexity
from geometry.regions.region import Region, region_at, region_polygon
from geometry.regions.region_graph import RegionGraph, region_graph
from geometry.regions.region_map import RegionMap

__all__ = [
    "Box",
    "ClassTopology",
    "Distances",
    "LocalComplexity",
    "Network",
    "Normalize",
    "Plane",
    "ReachableSet",
    "Region",
    "RegionGraph",
    "RegionMap",
    "Theorem31",
    "UnsupportedLayerError",
    "adversarial_polytope",
    "as_box",
    "as_network",
    "ball_on_plane",
    "box_distances",
    "class_topology",
    "distances",
    "enumerate_regions",
    "hyperplane_distances",
    "local_complexity",
    "nearest_boundary_points",
    "nearest_points",
    "reachable_set",
    "region_at",
    "region_graph",
    "region_polygon",
    "simplex_certificate",
    "theorem_3_1",
]
