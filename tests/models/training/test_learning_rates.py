"""Learning rates step down where they should, also in a training that stops and goes on."""

from __future__ import annotations

import pytest

from models.data.toy import DATASETS
from models.networks.builders import mlp
from models.training.checkpoint_file import checkpoint_bytes, resumed
from models.training.engine import Engine
from models.training.learning_rates import Drops, check_drops, stepped

MOONS = DATASETS["moons"](60)


def rates(lr_drop: Drops, divisor: float, epochs: int) -> list[float]:
    return [stepped(1.0, lr_drop, divisor, epoch, epochs) for epoch in range(epochs)]


def test_one_share_divides_once_and_several_divide_again_and_again() -> None:
    assert rates(None, 10, 4) == [1, 1, 1, 1]
    assert rates(0.9, 10, 10) == [1] * 9 + [0.1]
    assert rates((0.25, 0.5, 0.75), 2, 8) == [1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125]


def test_an_optimiser_takes_its_steps_with_these_rates() -> None:
    engine = Engine(
        mlp((2, 4, 2)), MOONS.x, MOONS.y, "plain",
        epochs=4, batch_size=30, lr=0.4, lr_drop=(0.5, 0.75), lr_divisor=4, seed=0, device="cpu",
    )  # fmt: skip
    taken = []
    while not engine.ended:
        engine.advance()
        taken.append(engine.optimizer.param_groups[0]["lr"])
    assert taken == pytest.approx([0.4] * 4 + [0.1] * 2 + [0.025] * 2)


def test_a_checkpoint_keeps_the_steps() -> None:
    engine = Engine(
        mlp((2, 4, 2)), MOONS.x, MOONS.y, "plain",
        epochs=4, batch_size=30, lr=0.4, lr_drop=(0.5, 0.75), lr_divisor=4, seed=0, device="cpu",
    )  # fmt: skip
    engine.run(5)
    again = resumed(checkpoint_bytes(engine), MOONS.x, MOONS.y, "cpu")
    assert (again.lr_drop, again.lr_divisor, again.lr_now) == ((0.5, 0.75), 4, engine.lr_now)


@pytest.mark.parametrize(
    ("lr_drop", "divisor", "named"), [(2, 10, "got 2"), ((0.5, 0.2), 10, "rising"), (0.5, 0, "got 0")]
)
def test_shares_that_are_none_are_named(lr_drop: Drops, divisor: float, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        check_drops(lr_drop, divisor)
