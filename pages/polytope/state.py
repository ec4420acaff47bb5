"""What the session keeps for Polytope alone, but for what its linked controls keep."""

from __future__ import annotations

from pages.region_view import ViewEvents
from pages.shared.state import Record, Value, Values
from pages.shared.to_polytope import PREFIX


class PolytopeState(Record):
    """The question, and what is computed for it."""

    preset: Value[str | None] = Value(f"{PREFIX}preset", None)
    wanted: Value[tuple[str, ...] | None] = Value(f"{PREFIX}wanted", None)  # bounds, whether they can be drawn or not
    bounds: Values[list[str]] = Values(f"{PREFIX}bounds-{{}}")  # that are drawn; by those that can be
    reach: Values[float] = Values(f"{PREFIX}reach-{{}}")  # the largest eps; by the kind of input, the norm, the usual
    eps: Value[float] = Value(f"{PREFIX}eps", 0.0)
    eps_before: Value[tuple[float, float] | None] = Value(f"{PREFIX}eps-before", None)  # and its range
    unit: Value[int | None] = Value(f"{PREFIX}unit", None)  # whose relaxation shows, counted from 1
    events: Value[ViewEvents | None] = Value(f"{PREFIX}hands", None)  # of the input plane, for the page's next run
    busy: Value[bool] = Value(f"{PREFIX}busy", True)
    begun: Value[tuple[tuple[str, float], ...]] = Value(f"{PREFIX}begun", ())  # names of the work that was


STATE = PolytopeState()
