"""For whom work waits, in words."""

from __future__ import annotations

from collections import Counter


def waits_for(own: Counter[str], others: Counter[str]) -> str:
    """As "waits for its turn: a heat map of yours and 2 ladders of others run first"."""
    parts = [f"{_listed(some)} {whose}" for some, whose in ((own, "of yours"), (others, "of others")) if some.total()]
    if not parts:
        return "waits for its turn"
    verb = "runs" if own.total() + others.total() == 1 else "run"
    return f"waits for its turn: {' and '.join(parts)} {verb} first"


def _listed(some: Counter[str]) -> str:
    named = [f"{count} {title}s" if count > 1 else f"1 {title}" for title, count in sorted(some.items())]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"
