"""The text that tells users which work runs before theirs."""

from __future__ import annotations

from collections import Counter


def waits_for(own: Counter[str], others: Counter[str]) -> str:
    """For example "waits for its turn: a heat map of yours and 2 ladders of others run first"."""
    groups = ((own, "of yours"), (others, "of others"))
    parts = [f"{_listed(titles)} {whose}" for titles, whose in groups if titles.total()]
    if not parts:
        return "waits for its turn"
    verb = "runs" if own.total() + others.total() == 1 else "run"
    return f"waits for its turn: {' and '.join(parts)} {verb} first"


def _listed(titles: Counter[str]) -> str:
    counts = [f"{count} {title}s" if count > 1 else f"1 {title}" for title, count in sorted(titles.items())]
    return counts[0] if len(counts) == 1 else f"{', '.join(counts[:-1])} and {counts[-1]}"
