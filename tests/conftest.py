"""What all tests share: how examples are drawn."""

from __future__ import annotations

from hypothesis import settings

# The same examples every time, so that a run tells about the code and not about luck; `--hypothesis-profile search`
# draws new ones.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile("repeatable")
