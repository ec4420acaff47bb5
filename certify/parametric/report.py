"""What a proof over a plane says: in words, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from certify.parametric.proof import PlaneProof

FORMAT = "ReLUscope proof over a plane, version 1"
REASONS = {
    "time": "the time was over",
    "regions": "there are more regions than allowed",
    "memory": "the memory for its regions is not free",
    "rounding": "float64 could not decide, and exact arithmetic would take long",
}


def proof_lines(proof: PlaneProof, bounds: Mapping[str, float]) -> Iterator[str]:
    """The status with what it is about; numbers are the nearest of float64. `bounds` as `proved_by_bounds` gives."""
    first, second = proof.names
    s0, s1, t0, t1 = proof.rectangle
    over = f"{first} in [{s0:g}, {s1:g}] and {second} in [{t0:g}, {t1:g}]"
    if proof.status == "proved":
        yield f"proved: for every {over}, the class is {proof.label}"
    elif (found := proof.counterexample) is not None:
        (s, t), how = found.parameters, "in exact arithmetic" if found.exact else "in float64 with bounds on its errors"
        yield f"broken: at {first} {s:.10g} and {second} {t:.10g} the network says {found.label}, not {proof.label}"
        yield f"checked {how}; its score exceeds that of {proof.label} by {-found.margin:.6g}"
    else:
        yield f"undecided: {REASONS[proof.reason]}; {proof.regions} regions seen"
    if proof.status != "proved":
        yield f"the class is {proof.label} on {100 * proof.share:.6g} % of the area of {over}"
    if proof.unseen > 0:
        yield f"not examined: {100 * proof.unseen:.6g} % of the area ({REASONS[proof.reason]})"
    if proof.around_original is not None:
        s0, s1, t0, t1 = proof.around_original
        yield f"proved around the original: {first} in [{s0:.6g}, {s1:.6g}] and {second} in [{t0:.6g}, {t1:.6g}]"
        parts = [*(f"{method} {radius:.4g}" for method, radius in bounds.items()), f"exact {proof.radius:.4g}"]
        yield f"the share of the sides that is proved: {', '.join(parts)}"
    yield (
        f"{proof.regions} regions enumerated, {100 * proof.by_bounds:.4g} % of the area by bounds alone, "
        f"{proof.seconds:.3g} s"
    )


def proof_to_json(
    proof: PlaneProof, bounds: Mapping[str, float], about: Mapping[str, str], settings: Mapping[str, Any]
) -> bytes:
    """The proof with its provenance; a counterexample's parameters are exact, as fractions, and the nearest floats."""
    found = proof.counterexample
    content = {
        "format": FORMAT,
        "about": dict(about),
        "settings": dict(settings),
        "status": proof.status,
        "reason": proof.reason,
        "class": proof.label,
        "parameters": list(proof.names),
        "rectangle": list(proof.rectangle),
        "original": list(proof.original),
        "share": proof.share,
        "share not examined": proof.unseen,
        "share proved by bounds": proof.by_bounds,
        "regions": proof.regions,
        "radius": proof.radius,
        "proved around the original": None if proof.around_original is None else list(proof.around_original),
        "radius by method": dict(bounds),
        "seconds": proof.seconds,
        "counterexample": None
        if found is None
        else {
            "parameters": list(found.parameters),
            "exact parameters": [str(value) for value in found.exact_parameters],
            "class": found.label,
            "margin": found.margin,
            "checked exactly": found.exact,
            "input": found.image.ravel().tolist(),
        },
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"
