"""Checks of the sentences of the tour of Train. Those of `SLOW` train to the end, or far enough."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from certify import attack, verify
from figures.style.palette import SLOTS, palette
from figures.training.curves import curves_figure
from geometry import as_network, distances
from models import Curve, Trainer, mlp, parse_widths
from models.data.toy import DATASETS, Dataset
from models.objectives import Adversarial, Progress, make_objective
from models.objectives.kw import KW
from models.objectives.mmr import K_B, KMMR
from models.training.timeline import MAX_SNAPSHOTS, Snapshot, Timeline
from pages.teaching.steps import Sentence, Step
from pages.train.main_panel import _facts
from pages.train.presets import PRESETS
from tests.oracles import affine_pieces
from tests.tour_claims.moments import moment
from tests.tour_claims.scene import NORMS, Check, least_change, within

LAM, GAMMA_B, GAMMA_D = 1.0, 1.0, 0.1  # of the page's MMR on points of the plane
FAR = 600  # steps after which what training does can be seen


def data_of(step: Step) -> Dataset:
    return DATASETS[step.link["data"]]()


def p_of(step: Step) -> Any:
    return NORMS[step.link["p"]]


def trainer(step: Step, name: str) -> Trainer:
    """As the page makes it: its options are the preset's where the step has none."""
    data, eps, p = data_of(step), float(step.link["eps"]), p_of(step)
    usual = PRESETS["mmr"].values
    options: dict[str, dict[str, Any]] = {
        "kmmr": {"p": p, "lam": usual["b-lam"], "gamma_B": usual["b-gamma-B"], "gamma_D": usual["b-gamma-D"],
                 "k_B": (usual["b-k"], K_B.falls_to)},
        "adversarial": {"eps": eps, "p": p},
        "kw": {"eps": eps, "p": p},
    }  # fmt: skip
    widths = (2, *parse_widths(step.link["widths"]), data.classes)
    batch, steps = int(step.link.get("batch", 128)), int(step.link.get("steps", 6000))
    epochs = -(-steps // -(-len(data.x) // batch))
    return Trainer(
        mlp(widths), torch.tensor(np.array(data.x), dtype=torch.float32), torch.tensor(data.y), name, epochs=epochs,
        batch_size=batch, lr=float(step.link.get("lr", 0.01)), lr_drop=0.9, **options.get(name, {}),
    )  # fmt: skip


@cache
def trained(step_id: int, name: str, steps: int) -> tuple[Any, ...]:
    """(initial module, module after so many steps)"""
    one = trainer(_STEPS[step_id], name)
    before = one.network(one.snapshot())
    one.step(steps)
    after = one.network(one.snapshot())
    one.stop()
    return before, after


_STEPS: dict[int, Step] = {}


def after(step: Step, name: str, steps: int | None = None) -> tuple[Any, ...]:
    _STEPS[id(step)] = step
    return trained(id(step), name, int(step.link.get("steps", 6000)) if steps is None else steps)


def mean_d_B(module: Any, step: Step) -> float:
    return float(
        distances(as_network(module, (2,)).to(torch.float64), np.array(data_of(step).x), p_of(step)).d_B.mean()
    )


def _same_start(step: Step, _: Sentence) -> None:
    one, other = trainer(step, step.link["a"]), trainer(step, step.link["b"])
    for weight in one.engine.initial:
        assert torch.equal(one.engine.initial[weight], other.engine.initial[weight])
    assert (one.engine.seed, one.engine.batch_size) == (other.engine.seed, other.engine.batch_size)
    one.stop(), other.stop()


def _cross_entropy(step: Step, _: Sentence) -> None:
    x, y = torch.randn(6, 2), torch.tensor([0, 1, 0, 1, 1, 0])
    network = mlp((2, 8, 2))
    terms = make_objective(step.link["a"])(network, x, y, Progress(0, 1), torch.Generator())
    assert math.isclose(
        float(sum(terms.values()).detach()), float(F.cross_entropy(network(x), y).detach()), rel_tol=1e-6
    )


def _is_mmr(step: Step, _: Sentence) -> None:
    assert isinstance(make_objective(step.link["b"]), KMMR)


def _shatter_and_grow(step: Step, _: Sentence) -> None:
    before, left = after(step, step.link["a"], FAR)
    _before, right = after(step, step.link["b"], FAR)
    assert mean_d_B(right, step) > 5 * mean_d_B(before, step)
    assert mean_d_B(right, step) > 5 * mean_d_B(left, step)
    assert mean_d_B(left, step) < 2 * mean_d_B(before, step)


def _safe(step: Step, _: Sentence) -> None:
    network = mlp((2, 30, 2), seed=1).double().requires_grad_(False)
    x = np.array(data_of(step).x[:20])
    found = distances(as_network(network, (2,)), x, p_of(step))
    for point, d_B, d_D in zip(x, found.d_B, found.d_D):
        inside = torch.from_numpy(within(point, 0.999 * min(d_B, d_D), p_of(step)))
        assert len(network(inside).argmax(1).unique()) == 1


def _regularizer(step: Step, _: Sentence) -> None:
    """The formula of the sentence, from derivatives, unit by unit, against the objective's own terms."""
    objective = KMMR(p=2, lam=LAM, gamma_B=GAMMA_B, gamma_D=GAMMA_D, k_B=(0.5, 0.02))
    network = mlp((2, 20, 3), seed=2).double()
    data = DATASETS["blobs"]()
    x, y = np.array(data.x[:7]), np.array(data.y[:7])
    half = Progress(0.5, 1)
    terms = objective(network, torch.from_numpy(x), torch.from_numpy(y), half, torch.Generator())
    k_B, sums = max(1, int((0.5 + 0.02) / 2 * 20 + 1e-9)), []
    for point, label in zip(x, y):
        V, a = affine_pieces(network, point)
        d_B = np.sort(abs(V[0] @ point + a[0]) / np.linalg.norm(V[0], axis=1))[:k_B]
        logits = V[1] @ point + a[1]
        others = np.delete(np.arange(3), label)
        d_D = (logits[label] - logits[others]) / np.linalg.norm(V[1][label] - V[1][others], axis=1)
        sums.append(np.maximum(0, 1 - d_B / GAMMA_B).sum() / k_B + np.maximum(0, 1 - d_D / GAMMA_D).sum() / 3)
    assert math.isclose(float(terms["regions"] + terms["decision"]), LAM * np.mean(sums), rel_tol=1e-6)


def _hinges(step: Step, _: Sentence) -> None:
    """Beyond the distances wished for nothing is asked: no gradient."""
    network = mlp((2, 4, 2), seed=2)
    x, y = torch.tensor([[0.3, 0.1]]), torch.tensor([0])
    y = network(x).argmax(1)
    near = float(min(distances(network, x, 2).d_B[0], distances(network, x, 2).d_D[0]))
    for gamma, asked in ((0.9 * near, False), (1.1 * near, True)):
        objective = KMMR(p=2, gamma_B=gamma, gamma_D=gamma, k_B=(1.0, 1.0))
        terms = objective(network, x, y, Progress(1, 1), torch.Generator())
        assert (float(terms["regions"] + terms["decision"]) > 0) == asked


def _balls(step: Step, _: Sentence) -> None:
    """What is proved, no exact search breaks; what is attacked, it breaks."""
    shown = moment(step)
    assert shown.balls is not None
    verdicts, module = (
        shown.balls.verdicts,
        mlp((2, *parse_widths(step.link["widths"]), 2)).double().requires_grad_(False),
    )
    data = data_of(step)
    some = [k for kind in set(verdicts) for k in np.flatnonzero([each == kind for each in verdicts])[:3]]
    assert len(verdicts) == len(data.x)
    for k in some:
        x, label, verdict = np.array(data.x[k]), data.y[k], verdicts[k]
        wrong = int(module(torch.from_numpy(x[None])).argmax()) != label
        least = 0.0 if wrong else least_change(module, x, p_of(step), 1.1 * shown.eps)
        assert verdict != "proved" or least > shown.eps
        assert verdict != "attacked" or least <= shown.eps
    colours = palette("light")
    assert len({colours.proved, colours.attacked, colours.unknown}) == 3


def _counts(step: Step, _: Sentence) -> None:
    shown = moment(step)
    said = _facts(shown, palette("light"))
    for name in ("proved", "attacked", "unknown"):
        count = sum(verdict == name for verdict in shown.balls.verdicts)  # type: ignore[union-attr]
        assert f'data-fact="{name}"' in said and f"<b>{count}</b>" in said.split(f'data-fact="{name}"')[1][:200]


def _proves_more(step: Step, _: Sentence) -> None:
    """By exact search: the points of the right class whose class nothing within ε changes."""
    eps, p, data = float(step.link["eps"]), p_of(step), data_of(step)
    safe = []
    for name in (step.link["a"], step.link["b"]):
        network = as_network(after(step, name, FAR)[1], (2,)).to(torch.float64)
        verdicts = verify(network, np.array(data.x), data.y, eps, p, time_limit=5)
        safe.append(sum(verdict.status == "robust" for verdict in verdicts))
        assert moment(step, after(step, name, FAR)[1]).balls.verdicts.count("proved") <= safe[-1]  # type: ignore[union-attr]
    assert safe[1] > safe[0]
    assert moment(step, after(step, step.link["b"], FAR)[1]).balls.verdicts.count("proved") > safe[0]  # type: ignore[union-attr]


def _half(step: Step, _: Sentence) -> None:
    network, x, y = mlp((2, 16, 2)).double(), torch.randn(10, 2, dtype=torch.float64), torch.randint(0, 2, (10,))
    objective = Adversarial(eps=0.1, p=math.inf)
    terms = objective(network, x, y, Progress(0, 1), torch.Generator().manual_seed(0))
    losses = F.cross_entropy(network(x), y, reduction="none")
    assert math.isclose(float(terms["clean"]), float(losses[5:].sum() / 10), rel_tol=1e-9)
    assert float(terms["adversarial"]) > float(losses[:5].sum() / 10)


def _attacked(module: Any, step: Step) -> int:
    data, network = data_of(step), as_network(module, (2,)).to(torch.float64)
    x, eps = np.array(data.x), float(step.link["eps"])
    wrong = network.scores(torch.from_numpy(x)).argmax(1).numpy() != data.y
    return int((wrong | attack(network, x, data.y, "pgd", eps=eps, p=p_of(step)).success).sum())


def _fewer_attacked(step: Step, _: Sentence) -> None:
    assert _attacked(after(step, "adversarial")[1], step) < _attacked(after(step, "plain")[1], step)


def _as_near(step: Step, _: Sentence) -> None:
    plain, attacked = after(step, "plain")[1], after(step, "adversarial")[1]
    assert mean_d_B(attacked, step) <= 1.1 * mean_d_B(plain, step)


def _bounds_attacks(step: Step, _: Sentence) -> None:
    data, eps = data_of(step), float(step.link["eps"])
    x, y = torch.tensor(np.array(data.x)), torch.tensor(data.y)
    network = mlp((2, 30, 30, 2)).double()
    bound = float(sum(KW(eps=eps, p=math.inf)(network, x, y, Progress(1, 1), torch.Generator()).values()))
    with torch.no_grad():
        for seed in range(200):
            signs = 2 * torch.rand(x.shape, generator=torch.Generator().manual_seed(seed), dtype=x.dtype) - 1
            assert float(F.cross_entropy(network(x + eps * signs.sign()), y)) <= bound + 1e-9


def _all_twelve(step: Step, sentence: Sentence) -> None:
    """Of each trained network, the points whose class no other score reaches within ε, by a grid of the box."""
    data, eps = data_of(step), float(step.link["eps"])
    assert len(data.x) == sentence.values["points"]
    proved = moment_of_trained(step, "kw").count("proved")
    assert proved == len(data.x)
    assert moment_of_trained(step, "plain").count("proved") < len(data.x)
    module = after(step, "kw")[1].double()
    grid = torch.from_numpy(np.stack(np.meshgrid(*[np.linspace(-eps, eps, 41)] * 2), axis=-1).reshape(-1, 2))
    with torch.no_grad():
        for x, label in zip(torch.tensor(np.array(data.x)), data.y):
            assert (module(x + grid).argmax(1) == label).all()


def moment_of_trained(step: Step, name: str) -> tuple[str, ...]:
    balls = moment(step, after(step, name)[1]).balls
    assert balls is not None
    return balls.verdicts


def _kept(step: Step, sentence: Sentence) -> None:
    assert sentence.values["moments"] == MAX_SNAPSHOTS
    timeline = Timeline()
    for number in range(3 * MAX_SNAPSHOTS):
        timeline.append(Snapshot(number, 0.0, {}, {}))
    assert len(timeline) <= MAX_SNAPSHOTS
    assert timeline.steps[0] == 0 and timeline.steps[-1] == 3 * MAX_SNAPSHOTS - 1


def _colours(step: Step, _: Sentence) -> None:
    some = {name: {"loss": Curve(np.array([1]), np.array([0.5]))} for name in "abc"}
    figure = curves_figure("loss", some, None, "light")
    lines = [trace.line.color for trace in figure.data if trace.line.color]
    assert lines[:3] == list(SLOTS["light"])


CHECKS: dict[str, Check] = {
    "same weights, same batches": _same_start,
    "the left objective is cross entropy": _cross_entropy,
    "the right objective is MMR": _is_mmr,
    "regions shatter on the left and grow on the right": _shatter_and_grow,
    "a point is safe up to its radius": _safe,
    "MMR's regularizer": _regularizer,
    "hinges end at the distances wished for": _hinges,
    "proved balls are safe and attacked ones are not": _balls,
    "the numbers count the balls": _counts,
    "MMR proves more points": _proves_more,
    "half of a batch is attacked": _half,
    "adversarial training leaves fewer attacked points": _fewer_attacked,
    "adversarial training leaves boundaries near": _as_near,
    "KW's loss bounds the attacked loss": _bounds_attacks,
    "robust training proves all twelve": _all_twelve,
    "moments are kept": _kept,
    "curves have the objectives' colours": _colours,
}
SLOW = frozenset({
    "MMR proves more points",
    "proved balls are safe and attacked ones are not",
    "regions shatter on the left and grow on the right",
    "adversarial training leaves fewer attacked points",
    "adversarial training leaves boundaries near",
    "robust training proves all twelve",
})  # fmt: skip
