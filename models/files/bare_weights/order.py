"""The order of layers, from their names and the shapes of their weights.

A layer takes as many numbers as the one before it gives. Names with numbers are ordered by number ('conv2' before
'conv10', 'block1.fc' before 'block2.fc'). If several orders remain, a file of torch.save decides, as it lists layers in
the order of registration. In other files, names such as encoder, stem, decoder or classifier show which layers are
first and last, and a BatchNorm follows the layer that its name belongs to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from models.files.bare_weights.stages import Stage, natural

Order = tuple[int, ...]  # places in the list of stages

MAX_ORDERS = 24  # that are listed: a limit for a user who chooses. With more, only a rule can single one out
MAX_STEPS = 5_000  # of the search for orders, each of which visits all layers: a limit on time
COUNTED = {word: str(number) for words in (
    ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"),
    ("one", "two", "three", "four", "five", "six", "seven", "eight"),
) for number, word in enumerate(words, 1)}  # fmt: skip
FIRST = frozenset(
    {"in", "input", "inputs", "stem", "embed", "embedder", "embedding", "enc", "encoder", "backbone", "features"}
)  # fmt: skip
LAST = frozenset(
    {"out", "output", "outputs", "tail", "classifier", "classify", "cls", "clf", "dec", "decoder", "last", "final",
     "logit", "logits", "readout", "predict", "predictor", "prediction", "score", "scores", "softmax"}
)  # fmt: skip
NORMALISING = frozenset({"norm", "normalize", "normalise", "normalizer", "normalization", "normalisation"})
AMBIGUOUS = frozenset({"head", "heads"})  # the first of head, body and tail; the last of backbone and head


@dataclass(frozen=True)
class Orders:
    """The orders that fit, the likeliest first, and whether a rule singles out the first."""

    orders: tuple[Order, ...]
    settled: bool
    why: str  # the reason for the first, as a text


def orders_of(stages: Sequence[Stage], registered: bool) -> Orders:
    """The orders of layers that fit each other.

    Parameters
    ----------
    stages : in the order of the file
    registered : whether that is the order in which a module registered its layers, which torch.save keeps

    Raises
    ------
    ValueError
        Naming two layers that do not fit each other, if no order fits.
    """
    orders = _orders_of(stages, registered)
    doubt = _doubt(stages, orders.orders[0], registered) if orders.settled else ""
    return Orders(orders.orders, False, doubt) if doubt else orders


def _orders_of(stages: Sequence[Stage], registered: bool) -> Orders:
    given = tuple(range(len(stages)) if registered else _by_name(stages))
    numbered = _numbered(stages)
    fitting = list(_fitting(stages, numbered, given))
    in_file = registered and _chains(stages, given)
    if not fitting and all(map(_counts_units, stages)):
        unnumbered = [frozenset[int]()] * len(stages)
        fitting = list(_fitting(stages, unnumbered, given))
        if fitting:
            return Orders(tuple(fitting), False, "the numbers in the names are not those of the layers")
    if not fitting:
        raise ValueError(_misfit(stages, _by_name(stages) if not in_file else given))
    if len(fitting) == 1 and fitting[0] == given:
        return Orders(tuple(fitting), True, "only this order of layers fits their shapes and names")
    if in_file and given not in fitting and [stages[i].name for i in given] != sorted(s.name for s in stages):
        orders = (*fitting, given)[: MAX_ORDERS + 1]
        return Orders(orders, False, "the numbers in the names and the order in the file contradict each other")
    if len(fitting) == 1:
        return Orders(tuple(fitting), True, "only this order of layers fits their shapes and names")
    partners = [_partner(stages, place) for place in range(len(stages))]
    paired = [order for order in fitting if _paired(partners, order)]
    if in_file and given in fitting:
        others = paired if given in paired else fitting
        if not _placed(stages, given) and any(_placed(stages, order) for order in others):
            return Orders(_first(given, others), False, "the names and the order in the file contradict each other")
        return Orders(_first(given, others), True, "the layers act in the order in which the file lists them")
    likely = paired or fitting
    placed = [order for order in likely if _placed(stages, order)] or likely
    ranked = [*placed, *(order for order in fitting if order not in placed)]
    settled = len(placed) == 1 and len(fitting) < MAX_ORDERS
    return Orders(tuple(ranked), settled, "the names tell the order" if settled else "the file does not tell the order")


def _doubt(stages: Sequence[Stage], order: Order, registered: bool) -> str:
    """The reason why fitting layers may still not be one chain from the inputs; empty without one."""
    shift = next((place for place, stage in enumerate(stages) if stage.shifts), None)
    last = next((stages[place] for place in reversed(order) if stages[place].acts), None)
    if shift is not None and last is not None and not _stands_first(stages, shift, registered):
        late = registered and stages[shift].name and any(stage.acts for stage in stages[:shift])
        if late or stages[shift].takes == last.gives:
            return "mean and std may be those of the inputs or of the outputs"
    twins = _twins(stages)
    return f"{twins[0][:40]!r} and {twins[1][:40]!r} may be two networks side by side" if twins else ""


def _stands_first(stages: Sequence[Stage], shift: int, registered: bool) -> bool:
    """Whether the name or the file shows that a normalisation is the first layer."""
    numbered = _numbered(stages)
    acting = [place for place, stage in enumerate(stages) if stage.acts]
    listed = registered and bool(stages[shift].name) and shift < min(acting)
    named = _words(stages[shift].name) & (FIRST | NORMALISING) and not _words(stages[shift].name) & LAST
    return listed or bool(named) or all(shift in numbered[place] for place in acting)


def _twins(stages: Sequence[Stage]) -> tuple[str, str] | None:
    """Two parts of a network with the same layers, such as 'actor' and 'critic', whose names do not number them."""
    parts: dict[str, list[tuple[str, tuple[int, ...]]]] = {}
    for stage in stages:
        part, _, rest = stage.name.partition(".")
        if rest and stage.acts:
            parts.setdefault(part, []).append((rest, tuple(stage.weights["weight"].shape)))
    names = [name for name in parts if len(parts[name]) > 1 and not _role(name)]
    return next(
        ((first, second) for first, second in combinations(names, 2)
         if parts[first] == parts[second] and not _earlier(_path(first), _path(second))
         and not _earlier(_path(second), _path(first))), None,
    )  # fmt: skip


def _first(chosen: Order, orders: Sequence[Order]) -> tuple[Order, ...]:
    return (chosen, *(order for order in orders if order != chosen))


def _by_name(stages: Sequence[Stage]) -> list[int]:
    return sorted(range(len(stages)), key=lambda place: natural(stages[place].name))


def _numbered(stages: Sequence[Stage]) -> list[frozenset[int]]:
    """For each layer those that precede it by the numbers in their names."""
    paths = [_path(stage.name) for stage in stages]
    return [
        frozenset(j for j, other in enumerate(paths) if _earlier(other, path)) for path in paths
    ]  # fmt: skip


def _counts_units(stage: Stage) -> bool:
    """Whether all numbers in a layer's name may be sizes of its weights, as in 'fc256'."""
    sizes = {size for tensor in stage.weights.values() for size in tensor.shape}
    return not stage.shifts and set(_numbers(stage.name)) <= sizes


def _path(name: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Each part of a name as its text and its numbers; 'second' counts as 2."""
    parts = []
    for part in name.lower().split("."):
        counted = "_".join(COUNTED.get(word, word) for word in part.split("_"))
        parts.append((re.sub(r"[0-9]+", "#", counted), tuple(int(n) for n in re.findall(r"[0-9]{1,9}", counted))))
    return tuple(parts)


def _earlier(first: tuple[tuple[str, tuple[int, ...]], ...], second: tuple[tuple[str, tuple[int, ...]], ...]) -> bool:
    """Whether `first` has a lower number where the two names differ first, and the same text there."""
    differing = next(((a, b) for a, b in zip(first, second) if a != b), None)
    return differing is not None and differing[0][0] == differing[1][0] and differing[0][1] < differing[1][1]


def _fitting(stages: Sequence[Stage], before: Sequence[frozenset[int]], given: Order) -> Iterator[Order]:
    """At most MAX_ORDERS orders in which all layers fit, those close to the given one first."""
    order: list[int] = []
    pending = [iter(_next(stages, before, order, given))]
    steps = count = 0
    while pending and count < MAX_ORDERS:
        place = next(pending[-1], None)
        steps += 1
        if steps > MAX_STEPS:
            return
        if place is None:
            pending.pop()
            if order:
                order.pop()
            continue
        order.append(place)
        if len(order) == len(stages):
            yield tuple(order)
            count += 1
            order.pop()
            continue
        pending.append(iter(_next(stages, before, order, given)))


def _next(stages: Sequence[Stage], before: Sequence[frozenset[int]], order: list[int], given: Order) -> list[int]:
    """The layers that may be next in the order."""
    used = set(order)
    state = _state(stages, order)
    return [
        place for place in given if place not in used and before[place] <= used and _takes(stages[place], state)
    ]  # fmt: skip


State = tuple[str, int]  # "start", "image" with so many channels, or "flat" with so many numbers


def _state(stages: Sequence[Stage], order: Sequence[int]) -> State:
    """The kind and the size of the output of the last of these layers."""
    last = next((stages[place] for place in reversed(order) if stages[place].acts), None)
    if last is not None:
        return "image" if last.convolves else "flat", last.gives
    norm = next((stages[place] for place in order if stages[place].normalises), None)
    return ("norm", norm.takes) if norm is not None else ("shifted" if order else "start", 0)


def _takes(stage: Stage, state: State) -> bool:
    """Whether a layer accepts this output of the layers before it."""
    kind, size = state
    if stage.shifts:
        return kind == "start"
    if kind in ("start", "shifted"):
        return True
    if stage.normalises or stage.convolves:
        return size == stage.takes and not (stage.convolves and kind == "flat")
    return stage.takes == size if kind == "flat" else stage.takes % size == 0


def _chains(stages: Sequence[Stage], order: Sequence[int]) -> bool:
    return all(_takes(stages[place], _state(stages, order[:k])) for k, place in enumerate(order))


def _paired(partners: Sequence[int | None], order: Sequence[int]) -> bool:
    """Whether each BatchNorm directly follows the layer that its name belongs to, if there is one."""
    at = {place: k for k, place in enumerate(order)}
    return all(partner is None or at[place] == at[partner] + 1 for place, partner in enumerate(partners))


def _partner(stages: Sequence[Stage], place: int) -> int | None:
    """The only Linear or Conv2d in the block of a BatchNorm, or with the same numbers in its name."""
    stage = stages[place]
    if not stage.normalises:
        return None
    tests: tuple[Callable[[str], object], ...] = (_block, _numbers)
    for test in tests:
        own = test(stage.name)
        same = [k for k, other in enumerate(stages) if other.acts and own and test(other.name) == own]
        same = [k for k in same if stages[k].gives == stage.takes]
        if len(same) == 1:
            return same[0]
    return None


@lru_cache(maxsize=2048)
def _block(name: str) -> str:
    return name.rpartition(".")[0]


@lru_cache(maxsize=2048)
def _numbers(name: str) -> tuple[int, ...]:
    return tuple(number for _, numbers in _path(name) for number in numbers)


def _placed(stages: Sequence[Stage], order: Sequence[int]) -> bool:
    """Whether the layers with names of FIRST come first, and those of LAST come last."""
    acting = [stages[place].name for place in order if stages[place].acts]
    roles = [_role(name) for name in acting]
    return roles == sorted(roles) and not any(_words(name) & AMBIGUOUS for name in acting)


@lru_cache(maxsize=2048)
def _role(name: str) -> int:
    return bool(_words(name) & LAST) - bool(_words(name) & FIRST)


@lru_cache(maxsize=2048)
def _words(name: str) -> frozenset[str]:
    return frozenset(re.split(r"[._0-9]+", name.lower()))


def _misfit(stages: Sequence[Stage], order: Sequence[int]) -> str:
    """The message that names the first layer that does not fit in this order."""
    for k, place in enumerate(order):
        stage, (kind, size) = stages[place], _state(stages, order[:k])
        if _takes(stage, (kind, size)):
            continue
        come = {"image": f"{size} channels", "flat": f"{size} numbers", "norm": f"{size} features"}.get(kind, "inputs")
        if stage.shifts:
            return (
                f"layer {stage.name[:60]}: a normalisation by mean and std is read before all other layers alone; put "
                "it into the last layer's weights, or export the network to ONNX"
            )
        what = "Conv2d" if stage.convolves else "Linear" if stage.acts else "BatchNorm"
        groups = stage.convolves and kind == "image" and size % stage.takes == 0
        return (
            f"layer {stage.name[:60]}: a {what} that takes {stage.takes} does not fit where {come} come, "
            f"and no other order of the {len(stages)} layers fits"
            + ("; a convolution in groups is not told from shapes: export the network to ONNX" if groups else "")
        )
    return f"the {len(stages)} layers fit in too many or too few orders to tell one; name them 0, 1, 2 and so on"
