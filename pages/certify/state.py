"""What the session keeps for Certify alone."""

from __future__ import annotations

from pages.certify.runs import Earlier
from pages.region_view import ViewEvents
from pages.shared.state import Kept, Record, Value, Values

LADDER = "ladder"
TIME_LIMIT = 20.0


class CertifyState(Record):
    """The search, the ladder of a point, and the run over a data set."""

    show: Value[str] = Value("show", LADDER)  # a name of VIEWS
    seconds: Value[float] = Value("seconds", TIME_LIMIT)  # for the exact method
    # The rungs that are wanted, for points of the plane and for images, whether the norm and network have them or not.
    wanted: Kept[dict[str, list[str]]] = Kept("certify-methods", dict)
    events: Value[ViewEvents | None] = Value("certify-hands", None)  # of the map, for the whole page's next run
    again: Value[int] = Value("certify-again", 0)  # how often the ladder was asked for afresh
    whole: Value[str | None] = Value("certify-whole", None)  # the question whose every method is wanted, needed or not
    use: Value[int] = Value("use", 0)  # points of a run
    reach: Values[float] = Values("reach-{}")  # the largest eps; by the norm and the usual box
    curves: Values[list[str]] = Values("curves-{}")  # bounds; by how many there are for the norm
    eps: Value[float] = Value("eps", 0.0)
    earlier: Value[Earlier | None] = Value("certify-earlier-runs", None)
    gone_on: Value[int] = Value("certify-go-on", 0)  # how often runs that were stopped were resumed
    picture_format: Value[str] = Value("picture-format", "PNG")


STATE = CertifyState()
