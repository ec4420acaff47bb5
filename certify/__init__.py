"""What an adversary can do to a network, and provably cannot."""

from certify.bounds import bounds, margins
from certify.methods import METHODS
from certify.radius import CERTIFICATES, certified_radius

__all__ = ["CERTIFICATES", "METHODS", "bounds", "certified_radius", "margins"]
