"""Branch and bound as a tree of cases: an SVG whose nodes say at which step they appear and close, and the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from certify.exact.branch_record import BranchRecord, Node
from figures.certify.search_steps import class_at
from figures.words import NORM_SIGNS, class_name, counted, given, plural, three_digits
from geometry.network.network import Network
from geometry.norms import NORM_NAMES

WIDTH = 372  # of a small tree, in the units of the SVG: pixels beside the picture
LEAST, MOST = 14.0, 96.0  # distance of two leaves
TOP, MARGIN = 16.0, 26.0
ROOMY = 26.0  # distance of two leaves below which nodes are small and have no names
LABELLED = 44.0  # distance of two leaves from which on there is room for numbers under them


def branch_tree_svg(record: BranchRecord, network: Network) -> str:
    """The whole tree. Children lie under their parent, the case "off" on the left and "on" on the right.

    Each node is a group with data-bounded and data-closed, the steps of `BranchRecord`, data-outcome, and data-unit,
    the unit that it is split at. Colours come from the page's style: classes node, edge, unit and number.
    """
    x, y = _places(record)
    step = _leaf_distance(record)
    radius = 10 if step >= ROOMY else 6
    width, height = max(WIDTH, x.max() + MARGIN), y.max() + 32
    parts = [
        _edge(node, x[i], y[i], x[node.parent], y[node.parent])
        for i, node in enumerate(record.nodes)
        if node.parent is not None
    ]
    split_at: dict[int | None, int | None] = {
        node.parent: node.unit for node in record.nodes if node.parent is not None
    }
    for i, node in enumerate(record.nodes):
        unit = split_at.get(i)
        under = split_of(network, unit).short if unit is not None and step >= ROOMY else ""
        number = three_digits(node.bound, down=True) if unit is None and step >= LABELLED else ""
        shown = None if unit is None else split_of(network, unit).unit
        parts.append(_node(node, x[i], y[i], radius, under or number, shown, describe(node, network)))
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" aria-label="The tree of cases">{body}</svg>'
    )


def tree_steps(record: BranchRecord, network: Network, names: Sequence[str] = ()) -> dict[str, Any]:
    """For the browser: the tree, and per step a sentence, the unit that is split, and whether ε is decided."""
    steps: list[dict[str, Any]] = []
    for at in range(record.steps):
        new = [node for node in record.nodes if node.bounded == at]
        steps.append(_step(at, new, record, network, names))
    ended = "Stopped" if record.safe is None else "Proved" if record.safe else "A counterexample"
    steps.append({"title": ended, "words": tree_end_words(record, network, names), "unit": None})
    return {
        "svg": branch_tree_svg(record, network),
        "steps": steps,
        "pin": record.x.tolist(),
        "eps": record.radius,
        "norm": NORM_NAMES[record.p],
        "safe": record.safe,
        "witness": None if record.witness is None else record.witness.tolist(),
    }


def _step(at: int, new: list[Node], record: BranchRecord, network: Network, names: Sequence[str]) -> dict[str, Any]:
    own = class_name(record.label, names)
    if not new:  # one region is searched
        (node,) = [node for node in record.nodes if node.closed == at and node.bounded < at][:1]
        found = {"region": "holds no other class: this case is closed.", "witness": "holds another class."}
        words = "All units are fixed here. What is left is one linear region, and it "
        words += found.get(node.outcome, "stays open.")
        return {"title": "A case that is one region", "words": words, "unit": None}
    if new[0].parent is None:
        bounds = " ".join(f"{own} {_lead(node, class_name(node.other, names))}: {_verdict(node)}." for node in new)
        return {"title": "The whole ball", "words": bounds, "unit": None}
    on, off = sorted(new, key=lambda node: not node.on)
    assert on.unit is not None
    split = split_of(network, on.unit)
    words = (
        f"Every point has {split.name} {split.on} or {split.off}, so look at both cases. "
        f"{split.off.capitalize()}: {own} {_lead(off)}, {_verdict(off)}. "
        f"{split.on.capitalize()}: {own} {_lead(on)}, {_verdict(on)}."
    )
    return {"title": f"Split: {split.title}", "words": words, "unit": split.unit}


def _lead(node: Node, other: str = "") -> str:
    """What the bound says of the scores."""
    if node.bound > 0:
        return f"stays ahead{other and ' of '}{other} by at least {three_digits(node.bound, down=True)}"
    return f"may fall behind{other and ' '}{other} by {three_digits(-node.bound, up=True)}"


def _verdict(node: Node) -> str:
    """What a bound says of its node, when it was computed."""
    if node.outcome == "proved":
        return "proved"
    return (
        "and here is a point of another class" if node.outcome == "witness" and node.closed == node.bounded else "open"
    )


def tree_end_words(record: BranchRecord, network: Network, names: Sequence[str]) -> str:
    """What is proved, in everyday words."""
    size, eps = NORM_SIGNS[record.p], given(record.radius)
    cases = counted(sum(node.outcome != "split" for node in record.nodes), "case")
    if record.safe and all(node.parent is None for node in record.nodes):
        proved = f"no change with {size} ≤ {eps} changes the class"
        return f"The bounds on the whole ball prove it at once: {proved}. A larger ε asks for splits."
    if record.safe:
        closed = f"{cases} closed: in each the class stays. Together they are the whole ball."
        return f"{closed} So no change with {size} ≤ {eps} changes the class."
    if record.witness is not None:
        other = class_at(network, record.witness, names)
        return f"The search has met a point of {other} within ε = {eps}, the cross. So this ε is not safe."
    left = sum(node.outcome == "open" for node in record.nodes)
    return (
        f"The search was ended with {left} {plural(left, 'case')} open. Nothing is decided about ε = {eps}: "
        "a smaller ε needs fewer cases."
    )


def describe(node: Node, network: Network) -> str:
    """A node in one line."""
    if node.unit is None:
        return f"the whole ball: {_lead(node)}"
    split = split_of(network, node.unit)
    return f"{split.name} {split.on if node.on else split.off}: {_lead(node)}"


@dataclass(frozen=True)
class Split:
    """The two cases of a hidden unit, in words; `unit` is that of the module, counted from 0 through all layers."""

    unit: int
    name: str  # by its layer and its number there
    short: str
    title: str
    on: str = "on"
    off: str = "off"


def split_of(network: Network, unit: int) -> Split:
    """The cases of a hidden unit, counted from 0 through all layers. A unit that is cut has two more: at the cut."""
    ends = np.cumsum([0, *network.widths])
    layer = int(np.searchsorted(ends, unit, side="right")) - 1
    parts, pair = network.hidden[layer].parts, network.hidden[layer].pair
    number, part = divmod(unit - int(ends[layer]), parts)
    own, name = int(network.module_units()[unit]), f"unit {number + 1} of layer {layer + 1}"
    short = f"L{layer + 1} u{number + 1}"
    if pair is None or part == 0:
        return Split(own, name, short, name)
    cut = f"{pair.top:g}"
    return Split(own, name, f"{short} = {cut}", f"{name}, at {cut}", f"above {cut}", f"below {cut}")


def _places(record: BranchRecord) -> tuple[np.ndarray, np.ndarray]:
    """(n,) x and y: leaves side by side, a parent in the middle over its children."""
    children = _children(record)
    x, y = np.zeros(len(record.nodes)), np.zeros(len(record.nodes))
    step, leaves = _leaf_distance(record), 0
    level = 62.0 if step >= ROOMY else 40.0
    for i, node in enumerate(record.nodes):  # parents come first
        y[i] = TOP if node.parent is None else y[node.parent] + level
    for i in _from_left(record, children):
        if children[i]:
            x[i] = np.mean([x[child] for child in children[i]])
        else:
            x[i] = MARGIN + step * leaves
            leaves += 1
    if leaves == 1:
        x += WIDTH / 2 - MARGIN
    return x, y


def _leaf_distance(record: BranchRecord) -> float:
    leaves = sum(not own for own in _children(record))
    return min(MOST, max(LEAST, (WIDTH - 2 * MARGIN) / max(1, leaves - 1)))


def _children(record: BranchRecord) -> list[list[int]]:
    """Per node its children, first the case "off"."""
    children: list[list[int]] = [[] for _ in record.nodes]
    for i, node in enumerate(record.nodes):
        if node.parent is not None:
            children[node.parent].append(i)
    for own in children:
        own.sort(key=lambda i: bool(record.nodes[i].on))
    return children


def _from_left(record: BranchRecord, children: list[list[int]]) -> list[int]:
    """Nodes after their children, from left to right, without recursion: a tree may be deep."""
    order: list[int] = []
    stack = [i for i, node in enumerate(record.nodes) if node.parent is None]
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(children[node])
    return order[::-1]


def _edge(node: Node, x: float, y: float, above_x: float, above_y: float) -> str:
    return (
        f'<g class="edge" data-bounded="{node.bounded}"><line x1="{above_x:.1f}" y1="{above_y:.1f}" x2="{x:.1f}" '
        f'y2="{y:.1f}"/></g>'
    )


def _node(node: Node, x: float, y: float, radius: int, under: str, unit: int | None, title: str) -> str:
    named = f' data-unit="{unit}"' if unit is not None else ""
    kind = "number" if unit is None else "unit"
    label = f'<text class="{kind}" y="{radius + 13}">{under}</text>' if under else ""
    return (
        f'<g class="node" data-bounded="{node.bounded}" data-closed="{node.closed}" '
        f'data-outcome="{node.outcome}"{named} '
        f'transform="translate({x:.1f} {y:.1f})"><title>{title}</title><circle r="{radius}"/>'
        f'<text class="sign" y="{0.4 * radius:.0f}" font-size="{1.2 * radius:.0f}"></text>{label}</g>'
    )
