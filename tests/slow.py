"""Parameters of which only some are quick tests."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def others_slow(values: Iterable[Any], quick: Collection[Any]) -> list[Any]:
    """For `parametrize`: all values, marked slow but for those in `quick`; of a tuple the first part counts."""
    found = []
    for value in values:
        parts = value if isinstance(value, tuple) else (value,)
        found.append(pytest.param(*parts, marks=() if parts[0] in quick else pytest.mark.slow))
    return found
