"""What all tests share: how examples are drawn."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

SLOW = (HealthCheck.too_slow,)  # a busy machine, and no fault of the code
# The same examples every time, so that a run tells about the code and not about luck; `--hypothesis-profile search`
# draws new ones.
settings.register_profile("repeatable", deadline=None, derandomize=True, suppress_health_check=SLOW)
settings.register_profile("search", deadline=None, suppress_health_check=SLOW)
settings.load_profile("repeatable")
