"""Reparametrised weights, combined as in eval mode: weight norm, spectral norm, pruning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Reparametrisation:
    """A reparametrisation: the endings of its parts' names, and the function that combines the parts."""

    title: str
    endings: tuple[str, ...]
    weight: Callable[..., Tensor]


def _weight_norm(length: Tensor, direction: Tensor) -> Tensor:
    """g v / |v| per output: Salimans and Kingma (2016)."""
    shape = (len(direction), *[1] * (direction.dim() - 1)) if direction.dim() else ()
    if direction.dim() < 2 or tuple(length.shape) != shape:
        raise ValueError(f"lengths {tuple(length.shape)} for directions {tuple(direction.shape)}: not one per output")
    return length * direction / direction.flatten(1).norm(dim=1).reshape(shape)


def _spectral_norm(weight: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """W / u' W v with the stored singular vectors: Miyato et al. (2018)."""
    if weight.dim() < 2 or tuple(left.shape) != weight.shape[:1] or right.numel() != weight[0].numel():
        raise ValueError(
            f"singular vectors {tuple(left.shape)}, {tuple(right.shape)} for weights {tuple(weight.shape)}"
        )
    return weight / torch.dot(left, weight.flatten(1) @ right.reshape(-1))


def _pruned(weight: Tensor, mask: Tensor) -> Tensor:
    if weight.shape != mask.shape:
        raise ValueError(f"a mask {tuple(mask.shape)} for weights {tuple(weight.shape)}")
    return weight * mask


NEW = "parametrizations.weight."  # names that torch.nn.utils.parametrizations gives
KINDS = (
    Reparametrisation("weight norm", ("weight_g", "weight_v"), _weight_norm),
    Reparametrisation("weight norm", (f"{NEW}original0", f"{NEW}original1"), _weight_norm),
    Reparametrisation("spectral norm", ("weight_orig", "weight_u", "weight_v"), _spectral_norm),
    Reparametrisation("spectral norm", (f"{NEW}original", f"{NEW}0._u", f"{NEW}0._v"), _spectral_norm),
    Reparametrisation("pruning", ("weight_orig", "weight_mask"), _pruned),
    Reparametrisation("pruning", ("bias_orig", "bias_mask"), _pruned),
)


def plain_weights(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same weights with reparametrised ones combined, each at the position of its first part.

    Raises
    ------
    ValueError
        Naming the layer whose parts do not fit, or whose parametrisation is not supported.
    """
    plain: dict[str, Tensor] = {}
    used: set[str] = set()
    for key, tensor in tensors.items():
        if key in used:
            continue
        kind, layer = _kind(key, tensors)
        if kind is None:
            plain[key] = tensor
            continue
        names = [f"{layer}{ending}" for ending in kind.endings]
        used.update(names)
        try:
            whole = kind.weight(*(_real(tensors[name]) for name in names))
        except (ValueError, RuntimeError) as error:
            raise ValueError(f"the {kind.title} of layer {layer[:60]!r} does not fit: {error}") from error
        plain[f"{layer}{'bias' if 'bias' in kind.endings[0] else 'weight'}"] = whole
    unknown = next((key for key in plain if "parametrizations." in key), None)
    if unknown is not None:
        raise ValueError(
            f"{unknown[:60]!r} belongs to a parametrisation that is not read; take it off with "
            "torch.nn.utils.parametrize.remove_parametrizations and save again"
        )
    return plain


def _kind(key: str, tensors: Mapping[str, Tensor]) -> tuple[Reparametrisation | None, str]:
    for kind in KINDS:
        for ending in kind.endings:
            layer = key.removesuffix(ending)
            whole = layer != key and (layer == "" or layer.endswith("."))
            if whole and all(f"{layer}{other}" in tensors for other in kind.endings):
                return kind, layer
    return None, ""


def _real(tensor: Tensor) -> Tensor:
    """A part as a floating-point tensor: float64 as it is, any other type as float32."""
    if tensor.layout != torch.strided or tensor.is_nested or tensor.is_complex() or tensor.is_quantized:
        raise ValueError(f"a {tensor.dtype} of layout {tensor.layout} is no plain array of real numbers")
    return tensor if tensor.dtype == torch.float64 else tensor.to(torch.float32)
