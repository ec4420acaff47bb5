"""What makes each sentence of the tours true, by its claim: a check of the step's own network, point and ε.

What is done by hand ("press: …", "hover: …") is in `tests/browser/tour_actions.py`.
"""

from tests.tour_claims import certify, explore, polytope, polytope_unit, slices, train

CHECKS = explore.CHECKS | certify.CHECKS | train.CHECKS | polytope.CHECKS | polytope_unit.CHECKS | slices.CHECKS
SLOW = train.SLOW  # claims that need a whole training

__all__ = ["CHECKS", "SLOW"]
