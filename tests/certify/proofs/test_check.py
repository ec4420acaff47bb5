"""check.py accepts what is proved, and refuses what was changed."""

from __future__ import annotations

import ast
import base64
import copy
import json
import math
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from certify import minimal_perturbation
from certify.proofs import check
from certify.proofs.prove import CHECKER, prove
from certify.proofs.writing import array
from tests.strategies import mlp, seeds

X = np.array([0.3, 0.6, 0.4])
NETWORK = mlp([3, 8, 6, 3], 4)


def proof(p: float, factor: float, box: tuple[float, float] | None = None) -> dict[str, Any]:
    """A proof about X, at `factor` times its smallest perturbation."""
    (found,) = minimal_perturbation(NETWORK, X[None], p, box=box)
    assert found.optimal and 0 < found.lower < math.inf
    written = prove(NETWORK, X, factor * found.lower, p, box=box).content
    assert written is not None
    return json.loads(written)


@pytest.fixture(scope="module")
def robust() -> dict[str, Any]:
    """A proof that splits."""
    data = proof(math.inf, 0.98)
    assert any("unit" in node for tree in data["cases"].values() for node in tree.values())
    return data


@pytest.fixture(scope="module")
def vulnerable() -> dict[str, Any]:
    return proof(2, 1.1)


def accepted(data: dict[str, Any]) -> str:
    return check.check(copy.deepcopy(data))


def refuses(data: dict[str, Any]) -> bool:
    try:
        accepted(data)
    except Exception:
        return True
    return False


def floats(text: str) -> np.ndarray:
    kind, _, data = text.partition(":")
    return np.frombuffer(base64.b64decode(data), {"d": "<f8", "f": "<f4"}[kind]).astype(float)


def test_it_is_one_file_of_under_200_lines_that_imports_the_standard_library_alone() -> None:
    source = CHECKER.read_text(encoding="utf-8")
    assert len(source.splitlines()) < 200
    nodes = list(ast.walk(ast.parse(source)))
    modules = [name.name for node in nodes if isinstance(node, ast.Import) for name in node.names]
    modules += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom) and node.level == 0]
    assert modules and {module.partition(".")[0] for module in modules} <= sys.stdlib_module_names


def test_it_runs_without_the_project_and_its_packages(tmp_path: Path, robust: dict[str, Any]) -> None:
    file = tmp_path / "proof.json"
    for text, status, begins in ((json.dumps(robust), 0, "robust: "), ("{}", 1, "refused: ")):
        file.write_text(text, encoding="utf-8")
        command = [sys.executable, "-I", "-S", str(CHECKER), str(file)]
        run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert (run.returncode, (run.stdout + run.stderr)[: len(begins)]) == (status, begins)


def test_what_is_proved_and_what_is_attacked_is_accepted(robust: dict[str, Any], vulnerable: dict[str, Any]) -> None:
    label = robust["claim"]["class"]
    assert accepted(robust) == f"robust: every point within {robust['claim']['eps']!r} in linf has class {label}"
    assert accepted(vulnerable).startswith("vulnerable: the witness within ")


def _larger_eps(data: dict[str, Any]) -> None:
    data["claim"]["eps"] *= 1.05


def _other_class(data: dict[str, Any]) -> None:
    data["claim"]["class"] = (data["claim"]["class"] + 1) % 3


def _moved_point(data: dict[str, Any]) -> None:
    data["claim"]["x"] = array(X + 0.05)


def _stronger_norm(data: dict[str, Any]) -> None:
    data["claim"]["norm"] = 3


def _tighter_bound(data: dict[str, Any]) -> None:
    low = floats(data["hidden"][1]["low"])
    low[np.isfinite(low) & (low < 0)] /= 2
    data["hidden"][1]["low"] = array(low)


def _stable_without_proof(data: dict[str, Any]) -> None:
    high = floats(data["hidden"][0]["high"])
    high[(high > 0) & (high < math.inf)] = 0
    data["hidden"][0]["high"] = array(high)


def _missing_case(data: dict[str, Any]) -> None:
    tree = next(tree for tree in data["cases"].values() if "unit" in tree["0"])
    del tree[tree["0"]["off"]]


def _case_used_twice(data: dict[str, Any]) -> None:
    tree = next(tree for tree in data["cases"].values() if "unit" in tree["0"])
    tree["0"]["off"] = tree["0"]["on"]


def _missing_class(data: dict[str, Any]) -> None:
    data["cases"].popitem()


def _missing_layer(data: dict[str, Any]) -> None:
    data["hidden"].pop()


def _nan(data: dict[str, Any]) -> None:
    node = next(node for tree in data["cases"].values() for node in tree.values() if "unit" not in node)
    node["slopes"] = array(np.full(node["open"], math.nan))


def _steep_unit(data: dict[str, Any]) -> None:
    data["network"][0]["slopes"] = array(np.full(8, 1.5))


def _short_array(data: dict[str, Any]) -> None:
    data["network"][0]["bias"] = array(np.zeros(7))


def _rows_out_of_order(data: dict[str, Any]) -> None:
    ends = np.arange(3, 27, 3, dtype="<u4")[::-1]
    data["network"][0]["ends"] = f"I:{base64.b64encode(ends.tobytes()).decode()}"


def _no_base64(data: dict[str, Any]) -> None:
    data["network"][0]["weights"] = "d:no numbers"


def _other_format(data: dict[str, Any]) -> None:
    data["format"] = "ReLUscope proof 2"


@pytest.mark.parametrize(
    "forge",
    [
        _larger_eps, _other_class, _moved_point, _stronger_norm, _tighter_bound, _stable_without_proof, _missing_case,
        _case_used_twice, _missing_class, _missing_layer, _nan, _steep_unit,
        _short_array, _rows_out_of_order, _no_base64, _other_format,
    ],
)  # fmt: skip
def test_a_forged_proof_is_refused(forge: Any, robust: dict[str, Any]) -> None:
    forged = copy.deepcopy(robust)
    forge(forged)
    assert forged != robust and refuses(forged)


@pytest.mark.parametrize("change", ["smaller eps", "the point itself", "outside the box", "not a number"])
def test_a_forged_witness_is_refused(change: str, vulnerable: dict[str, Any]) -> None:
    forged = copy.deepcopy(vulnerable)
    match change:
        case "smaller eps":
            forged["claim"]["eps"] *= 0.8
        case "the point itself":
            forged["witness"] = array(X)
        case "outside the box":
            forged["claim"]["box"] = [array(X), array(X + 0.001)]
        case "not a number":
            forged["witness"] = array([math.nan, 0.0, 0.0])
    assert refuses(forged)


@given(seeds, st.sampled_from([1, 2, math.inf]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_least_value_over_the_set_is_that_of_a_solver(seed: int, p: float, boxed: bool) -> None:
    rng = np.random.default_rng(seed)
    d, eps = 4, float(rng.uniform(0.05, 0.8))
    x, g = rng.uniform(0, 1, d), np.round(rng.normal(size=d), 2)
    low, high = (np.zeros(d), np.ones(d)) if boxed else (x - 2, x + 2)
    box = [array(low), array(high)] if boxed else None
    norm = "inf" if p == math.inf else p
    ball = check.Ball({"norm": norm, "x": array(x), "eps": eps, "box": box}, d)
    numerators, shift = check.exact(g.tolist())
    least = ball.least(numerators, shift)
    if p == 2:
        start = x - 0.9 * eps * g / max(np.linalg.norm(g), 1e-9)
        ends = list(zip(low, high))
        within = {"type": "ineq", "fun": lambda z: eps**2 - ((z - x) ** 2).sum()}
        value = minimize(lambda z: g @ z, np.clip(start, low, high), bounds=ends, constraints=[within], tol=1e-12).fun
    else:  # z = x + up - down, with both at least 0
        costs, sides = np.concatenate([g, -g]), [*(high - x), *(x - low)]
        limits = [min(side, eps) if p == math.inf else side for side in sides]
        total = (np.ones((1, 2 * d)), [eps]) if p == 1 else (None, None)
        value = g @ x + linprog(costs, *total, bounds=[(0, limit) for limit in limits]).fun
    assert float(least) <= value + 1e-7
    assert float(least) == pytest.approx(value, abs=2e-5 if p == 2 else 1e-9)


def test_equal_scores_are_decided_as_fractions() -> None:
    """A tie counts as another class; the next float does not, though a forward pass in floats may round it away."""
    one = {"units": 1, "entries": 1, "ends": "I:AQAAAA==", "columns": None, "weights": array([1.0]), "bias": array([0])}
    two = {"units": 2, "entries": 2, "ends": "I:AQAAAAIAAAA=", "columns": None, "slopes": None}

    def vulnerable(bias: float) -> bool:
        """Whether the scores a + bias and 3 a of a = 0.1 show another class than the first."""
        data = {
            "format": "ReLUscope proof 1",
            "claim": {"inputs": 1, "x": array([0.0]), "class": 0, "norm": 2, "eps": 0.1, "box": None},
            "network": [
                {**one, "slopes": array([0.5])},
                {**two, "weights": array([1.0, 3.0]), "bias": array([bias, 0.0])},
            ],
            "witness": array([0.1]),
        }
        return not refuses(data)

    equal = float(2 * Fraction(0.1))  # 2 a is a float, so that the scores are equal
    assert vulnerable(equal) and not vulnerable(math.nextafter(equal, 1)) and vulnerable(math.nextafter(equal, 0))
