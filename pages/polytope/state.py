"""The session state of the Polytope page, except that of its linked controls."""

from __future__ import annotations

from pages.region_view import ViewEvents
from pages.shared.state import Record, Value, Values
from pages.shared.to_polytope import PREFIX


class PolytopeState(Record):
    """The question, and the work that is computed for it."""

    preset: Value[str | None] = Value(f"{PREFIX}preset", None)
    wanted: Value[tuple[str, ...] | None] = Value(f"{PREFIX}wanted", None)  # the chosen bounds, fitting or not
    bounds: Values[list[str]] = Values(f"{PREFIX}bounds-{{}}")  # the drawn bounds; by those that can be drawn
    reach: Values[float] = Values(f"{PREFIX}reach-{{}}")  # the largest eps; by the kind of input, the norm, the usual
    eps: Value[float] = Value(f"{PREFIX}eps", 0.0)
    field: Values[float] = Values(f"{PREFIX}eps-field-{{}}")  # eps as typed; by `link.times_reopened`
    eps_before: Value[tuple[float, float] | None] = Value(f"{PREFIX}eps-before", None)  # and its range, in the last run
    unit: Value[int | None] = Value(f"{PREFIX}unit", None)  # whose relaxation shows, counted from 1
    events: Value[ViewEvents | None] = Value(f"{PREFIX}hands", None)  # of the input plane, for the page's next run
    busy: Value[bool] = Value(f"{PREFIX}busy", True)
    begun: Value[tuple[tuple[str, float], ...]] = Value(f"{PREFIX}begun", ())  # names of the work that has begun


STATE = PolytopeState()
