"""Bounds of pre-activations and of margins on a perturbation set, by any of the bounding methods."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from certify.bounds.batches import largest_product
from certify.bounds.methods import METHODS, margin_functionals
from certify.bounds.methods.linear_program import Lp
from certify.bounds.proof import check_method_name, check_method_norm
from certify.perturbation.perturbation import Numbers, Perturbation, as_tensor, floating, perturbation
from certify.perturbation.points import check_labels
from certify.records import Method
from geometry.box import BoxLike
from geometry.computation.cores import by_work
from geometry.network.network import Network, as_network
from geometry.norms import Norm


def bounds(
    network: nn.Module | Network,
    x: Numbers,
    eps: Numbers,
    p: Norm,
    method: str,
    box: BoxLike | None = None,
    *,
    differentiable: bool = False,
    intermediate: Sequence[tuple[Tensor, Tensor]] | None = None,
) -> list[tuple[Tensor, Tensor]]:
    """Lower and upper bounds of every pre-activation while x moves by at most eps in l_p, inside the box.

    Parameters
    ----------
    x : (n, *input_shape)
    eps : number or (n,), in the units of x
    p : 1, 2 or math.inf
    method : a name in `METHODS`
    box : (lo, hi), numbers or arrays of the input shape; x must lie in it
    differentiable : keep gradients with respect to x, eps and the network's parameters (not for lp)
    intermediate : for lp only, (lower, upper) per hidden layer to build the relaxation on, such as the result of
        another method; without it the intersection of all other methods' bounds

    Returns
    -------
    Per hidden layer and for the logits (lower, upper), each (n, *layer_shape), in x's dtype and on its device.
    Rounding is not added: see `certify.perturbation.rounding` for how far a value may be off.

    Raises
    ------
    ValueError
        For an unknown method, a norm it does not know, shapes that do not fit, eps < 0 or NaN, x outside the box,
        or an unsupported layer.
    """
    with torch.set_grad_enabled(differentiable):
        chosen, converted, ball = question(network, x, eps, p, method, box)
        chosen = _on(chosen, method, converted, ball, intermediate, differentiable)
        layer_bounds = unit_bounds(converted, ball, chosen)
    shapes = [layer.affine.out_shape for layer in converted.layers]
    if converted.one_logit:  # the last layer's other score is 0
        layer_bounds[-1], shapes[-1] = (layer_bounds[-1][0][:, 1:], layer_bounds[-1][1][:, 1:]), (1,)
    return [
        (lower.unflatten(1, shape), upper.unflatten(1, shape)) for (lower, upper), shape in zip(layer_bounds, shapes)
    ]


def unit_bounds(network: Network, ball: Perturbation, method: Method) -> list[tuple[Tensor, Tensor]]:
    """Per layer, the scores the last, (lower, upper), (n, units), of every unit on a set."""
    if len(ball) == 0:
        return [(ball.center.new_empty(0, layer.units),) * 2 for layer in network.layers]
    with by_work(largest_product(network, len(ball))):
        return method.bounds(network, ball)


def margins(
    network: nn.Module | Network,
    x: Numbers,
    labels: Numbers,
    eps: Numbers,
    p: Norm,
    method: str,
    box: BoxLike | None = None,
    *,
    differentiable: bool = False,
    intermediate: Sequence[tuple[Tensor, Tensor]] | None = None,
) -> Tensor:
    """(n, K) lower bounds of f_label - f_s on the perturbation set, 0 in the label's own column.

    A network with one logit f has the two classes f > 0 (1) and f <= 0 (0), and so K = 2 columns: of f for the label 1
    against 0, and of -f for the label 0 against 1.

    Arguments and errors as for `bounds`; `labels` (n,) integers in 0..K-1. The difference is bounded as one
    functional, with the last layer's weights merged into it.
    """
    with torch.set_grad_enabled(differentiable):
        chosen, converted, ball = question(network, x, eps, p, method, box)
        chosen = _on(chosen, method, converted, ball, intermediate, differentiable)
        classes = check_labels(labels, len(ball), converted.classes).to(ball.center.device)
        if len(ball) == 0:
            return ball.center.new_zeros(len(ball), converted.classes)
        weights, offset, others = margin_functionals(converted, classes)
        with by_work(largest_product(converted, len(ball))):
            lower = chosen.functionals(converted, ball, weights, offset)
        return lower.new_zeros(len(lower), converted.classes).scatter(1, others, lower)


def _on(
    chosen: Method,
    method: str,
    network: Network,
    ball: Perturbation,
    intermediate: Sequence[tuple[Tensor, Tensor]] | None,
    differentiable: bool,
) -> Method:
    """The method on the given hidden bounds; a ValueError where it takes none."""
    if isinstance(chosen, Lp):
        if differentiable:
            raise ValueError("lp is not differentiable; use one of the other methods")
        if intermediate is None:
            return chosen
        flat = [
            tuple(as_tensor(side, "intermediate").to(ball.center).flatten(1) for side in pair) for pair in intermediate
        ]
        expected = [(len(ball), width) for width in network.widths]
        shapes = [[tuple(side.shape) for side in pair] for pair in flat[: len(expected)]]
        if shapes != [[shape, shape] for shape in expected]:
            raise ValueError(f"intermediate must hold (lower, upper) of shapes {expected}, got {shapes}")
        return chosen.on([(lower, upper) for lower, upper in flat[: len(expected)]])
    if intermediate is not None:
        raise ValueError(f"intermediate bounds can be given to lp only, not to {method}")
    return chosen


def question(
    network: nn.Module | Network, x: Numbers, eps: Numbers, p: Norm, method: str, box: BoxLike | None
) -> tuple[Method, Network, Perturbation]:
    check_method_name(method)
    x = floating(x)
    shape = network.input_shape if isinstance(network, Network) else tuple(x.shape[1:])
    converted = as_network(network, shape).to(x.dtype, x.device)
    ball = perturbation(x, eps, p, box, shape)
    check_method_norm(method, p)
    return METHODS[method].run, converted, ball
