"""The state_dict in a checkpoint, whatever stands around it: epochs, losses, optimizers, averages, prefixes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import torch
from torch import Tensor

from models.files.formats.torch_file import REMEDY, Unread

StateDict: TypeAlias = dict[str, Tensor]

MAX_DEPTH = 4  # of dictionaries around a state_dict
BESIDE = re.compile(  # keys of what is no network; whole words, so that 'champion' and 'example' are none of them
    r"optim(?!al)|sched|scaler|hyper|(^|[^a-z])(grads?|gradients?|rng|random|history|callbacks?|configs?|args|loops?|amp)"
    r"([^a-z]|$)"
)
BOOKKEEPING = re.compile(
    r"(best_?|train_?|val_?|test_?|global_?|last_?)*(epochs?|steps?|iter(ation)?s?|acc(uracy)?|loss(es)?|err(or)?s?|"
    r"lr|seed|time|date|version|arch|name|info|args|config|n_averaged|metrics?|scores?|history|optimizer|scheduler|"
    r"prec1?|top1|sampler_indices)",
    re.IGNORECASE,
)
LAYERS = re.compile(r"(^|\.)(weight|weight_g|weight_v|weight_orig|kernel|running_mean|original\d?)$")


def state_dicts(stored: Any) -> list[StateDict]:
    """The state_dict in what torch.save stored, or those of Wong and Kolter's cascade.

    A state_dict is a dictionary from names such as 'fc1.weight' to tensors. It is looked for under any key, such as
    model_state_dict, model or net, up to MAX_DEPTH dictionaries deep; those of optimizers and the like are left alone.

    Raises
    ------
    ValueError
        If there is none, or several that differ: they are named.
    """
    found = list(_inside(stored, "", 0))
    unique: dict[str, list[StateDict]] = {}
    for path, dicts in found:
        if not any(_equal(dicts, other) for other in unique.values()):
            unique[path] = dicts
    if len(unique) > 1:
        names = ", ".join(repr(path[:60]) for path in list(unique)[:6])
        first = next(iter(unique))
        keys = "".join(f"[{key[:40]!r}]" for key in first.split(" → "))
        raise ValueError(
            f"the checkpoint holds {len(unique)} networks, {names}; save the one that is meant: "
            f"torch.save(torch.load(file){keys}, 'network.pth')"
        )
    if not unique:
        raise ValueError(_nothing(stored))
    return [_prefix_free(state) for state in next(iter(unique.values()))]


def _inside(stored: Any, path: str, depth: int) -> Iterator[tuple[str, list[StateDict]]]:
    """All state_dicts with the keys that lead to them; a list of them counts as one find."""
    if isinstance(stored, list) and stored and all(isinstance(item, Mapping) for item in stored):
        states = [_state_dict(item) for item in stored]
        if all(states):
            yield path, [state for state in states if state]
        return
    if not isinstance(stored, Mapping) or depth > MAX_DEPTH:
        return
    state = _state_dict(stored)
    if state:
        yield path, [state]
        return
    for key, value in stored.items():
        if not BESIDE.search(_words(str(key))):
            yield from _inside(value, f"{path} → {key}" if path else str(key), depth + 1)


def _words(key: str) -> str:
    """In lower case, the words of camelCase kept apart."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()


def _state_dict(found: Any) -> StateDict | None:
    """The tensors, if this is a state_dict; layers may be dictionaries of their own."""
    if not isinstance(found, Mapping):
        return None
    flat = dict(found)
    if found and all(_is_layer(value) for value in found.values()):
        flat = {f"{layer}.{name}": tensor for layer, value in found.items() for name, tensor in value.items()}
    tensors = {str(name): value for name, value in flat.items() if isinstance(value, Tensor)}
    other = next((name for name, value in flat.items() if _stands_for_weight(name, value)), None)
    if other is not None:
        raise ValueError(f"{other[:60]!r} in the PyTorch file is a {_kind(flat[other])}, not a weight")
    if not any(LAYERS.search(name) for name in tensors) and not any(tensor.dim() >= 2 for tensor in tensors.values()):
        return None
    for name, value in flat.items():
        if name in tensors or BOOKKEEPING.fullmatch(str(name)) or str(name).endswith("_extra_state"):
            continue
        if not isinstance(value, Mapping) or "." in str(name):
            raise ValueError(f"{str(name)[:60]!r} in the PyTorch file is a {_kind(value)}, not a weight")
    averaged = BOOKKEEPING.fullmatch
    return {name: tensor for name, tensor in tensors.items() if not averaged(name)}


def _stands_for_weight(name: Any, value: Any) -> bool:
    """Whether something else than a tensor or a dictionary has the name of a layer's weight."""
    return "." in str(name) and bool(LAYERS.search(str(name))) and not isinstance(value, (Tensor, Mapping))


def _is_layer(value: Any) -> bool:
    """Whether this is a dictionary of one layer's weights."""
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all("." not in str(name) and isinstance(tensor, Tensor) for name, tensor in value.items())
        and any(LAYERS.search(str(name)) for name in value)
    )


def _prefix_free(state: StateDict) -> StateDict:
    """Without what DataParallel, torch.compile and wrappers put before all names."""
    while True:
        starts = {name.partition(".")[0] for name in state}
        (start,) = starts if len(starts) == 1 else ("",)
        shorter = {name.partition(".")[2]: tensor for name, tensor in state.items()}
        if not start or start.isdigit() or not all("." in name for name in shorter):
            return state
        state = shorter


def _equal(some: list[StateDict], others: list[StateDict]) -> bool:
    if len(some) != len(others):
        return False
    return all(
        one.keys() == other.keys()
        and all(one[k].dtype == other[k].dtype and torch.equal(one[k], other[k]) for k in one)
        for one, other in zip(some, others)
    )


def _kind(value: Any) -> str:
    return value.what[:80] if isinstance(value, Unread) else type(value).__name__


def _nothing(stored: Any) -> str:
    """Why there is no network in what was stored."""
    if isinstance(stored, Unread):
        return (
            f"the PyTorch file holds more than weights: a whole module or object, {stored.what[:80]!r}, whose code "
            f"would have to be run; {REMEDY}"
        )
    if isinstance(stored, Mapping):
        whole = next(((key, value) for key, value in stored.items() if isinstance(value, Unread)), None)
        if whole is not None:
            return (
                f"the PyTorch file holds no state_dict of weights: {str(whole[0])[:40]!r} is a {whole[1].what[:80]}; "
                f"{REMEDY}"
            )
        keys = ", ".join(repr(str(key)[:30]) for key in list(stored)[:6])
        return f"the PyTorch file holds {keys or 'nothing'}, not a state_dict of weights; {REMEDY}"
    return f"the PyTorch file holds a {type(stored).__name__}, not a state_dict of weights; {REMEDY}"
