"""The session state of the Certify page."""

from __future__ import annotations

from certify.properties.property import Property
from pages.certify.picked import Picked
from pages.certify.runs import Earlier
from pages.certify.wall_run import Begun
from pages.region_view import ViewEvents
from pages.shared.state import Kept, Record, Value, Values

LADDER = "ladder"
TIME_LIMIT = 20.0  # seconds, the default that bounds how long a page computes without being asked


class CertifyState(Record):
    """The search, the ladder of a point, and the run over a data set."""

    show: Value[str] = Value("show", LADDER)  # a name of VIEWS
    seconds: Value[float] = Value("seconds", TIME_LIMIT)  # for the exact method
    # The chosen methods, for points of the plane and for images, including those that do not fit norm and network.
    wanted: Kept[dict[str, list[str]]] = Kept("certify-methods", dict)
    events: Value[ViewEvents | None] = Value("certify-hands", None)  # of the map, for the whole page's next run
    again: Value[int] = Value("certify-again", 0)  # how often the user has restarted the ladder
    whole: Value[str | None] = Value("certify-whole", None)  # the question for which all methods run
    proof_eps: Values[float] = Values("proof-eps-{}")  # of a proof; by network, point, norm and box
    proof_chosen: Value[str] = Value("proof-chosen", "")  # for which of these the user has chosen an eps
    proof_opened: Value[bool] = Value("proof-opened", False)  # whether the link's eps has been taken
    proof_asked: Value[tuple[str, float, int] | None] = Value("proof-asked", None)  # that, its eps, and how often asked
    use: Value[int] = Value("use", 0)  # points of a run
    reach: Values[float] = Values("reach-{}")  # the largest eps; by the norm and the usual box
    curves: Values[list[str]] = Values("curves-{}")  # the chosen bounds; by the number of bounds for the norm
    eps: Value[float] = Value("eps", 0.0)
    earlier: Value[Earlier | None] = Value("certify-earlier-runs", None)
    gone_on: Value[int] = Value("certify-go-on", 0)  # how often the user has resumed stopped runs
    # The wall: the next run's question; the run on show, which points, what a click opens, the page of the wall.
    wall_eps: Value[float] = Value("wall-eps", 0.0)
    wall_points: Value[int] = Value("wall-points", 0)
    wall_exact: Value[float] = Value("wall-exact", 0.0)
    wall_run: Value[str] = Value("wall-run", "")
    wall_state: Value[str] = Value("wall-state", "all")
    wall_opens: Value[str] = Value("wall-opens", LADDER)
    wall_page: Value[int] = Value("wall-page", 1)
    begun: Value[Begun | None] = Value("wall-begun", None)
    starts: Value[int] = Value("wall-starts", 0)  # how often a run was begun here
    picked: Value[Picked | None] = Value("wall-picked", None)  # a tile that was clicked, for the whole page's next run
    # A property: the uploader's files, the last valid one with its name, and how often its search was begun anew.
    property_file: Value[object] = Value("property-file", None)
    property_kept: Value[tuple[Property, str] | None] = Value("property-kept", None)
    property_again: Value[int] = Value("property-begun", 0)
    picture_format: Value[str] = Value("picture-format", "PNG")


STATE = CertifyState()
