"""PyTorch checkpoints: the state_dict in them, among epochs, losses, optimizers and averages, without prefixes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

import torch
from torch import Tensor

from models.files.formats.torch_file import REMEDY, Unread

StateDict: TypeAlias = dict[str, Tensor]

MAX_DEPTH = 4  # of dictionaries around a state_dict: a limit on time
BESIDE = re.compile(  # keys of values that are no network; whole words, so that 'champion' and 'example' do not match
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


def state_dicts(stored: object) -> list[StateDict]:
    """The state_dict in a value that torch.save stored, or those of Wong and Kolter's cascade.

    A state_dict is a dictionary from names such as 'fc1.weight' to tensors. It is searched under any key, such as
    model_state_dict, model or net, up to MAX_DEPTH dictionaries deep, except for those of optimizers and the like.

    Raises
    ------
    ValueError
        If there is none, or several different ones, with their names.
    """
    unique: dict[str, list[StateDict]] = {}
    for path, dicts in _inside(stored, "", 0):
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


def _inside(stored: object, path: str, depth: int) -> Iterator[tuple[str, list[StateDict]]]:
    """All state_dicts with the path of keys to them; a list of state_dicts is one entry."""
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
    """The key in lower case, with camelCase split by underscores."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()


def _state_dict(value: object) -> StateDict | None:
    """The tensors if the value is a state_dict, else None. A layer may be a dictionary within it."""
    if not isinstance(value, Mapping):
        return None
    flat = dict(value)
    if value and all(_is_layer(item) for item in value.values()):
        flat = {f"{layer}.{name}": tensor for layer, weights in value.items() for name, tensor in weights.items()}
    tensors = {str(name): item for name, item in flat.items() if isinstance(item, Tensor)}
    other = next((name for name, item in flat.items() if _stands_for_weight(name, item)), None)
    if other is not None:
        raise ValueError(f"{other[:60]!r} in the PyTorch file is a {_kind(flat[other])}, not a weight")
    if not any(LAYERS.search(name) for name in tensors) and not any(tensor.dim() >= 2 for tensor in tensors.values()):
        return None
    for name, item in flat.items():
        if name in tensors or BOOKKEEPING.fullmatch(str(name)) or str(name).endswith("_extra_state"):
            continue
        if not isinstance(item, Mapping) or "." in str(name):
            raise ValueError(f"{str(name)[:60]!r} in the PyTorch file is a {_kind(item)}, not a weight")
    return {name: tensor for name, tensor in tensors.items() if not BOOKKEEPING.fullmatch(name)}


def _stands_for_weight(name: object, value: object) -> bool:
    """Whether a value that is neither a tensor nor a dictionary has the name of a layer's weight."""
    return "." in str(name) and bool(LAYERS.search(str(name))) and not isinstance(value, (Tensor, Mapping))


def _is_layer(value: object) -> bool:
    """Whether the value is a dictionary of one layer's weights."""
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all("." not in str(name) and isinstance(tensor, Tensor) for name, tensor in value.items())
        and any(LAYERS.search(str(name)) for name in value)
    )


def _prefix_free(state: StateDict) -> StateDict:
    """The state_dict without the common prefixes of DataParallel, torch.compile and wrappers."""
    while True:
        starts = {name.partition(".")[0] for name in state}
        (start,) = starts if len(starts) == 1 else ("",)
        shorter = {name.partition(".")[2]: tensor for name, tensor in state.items()}
        if not start or start.isdigit() or not all("." in name for name in shorter):
            return state
        state = shorter


def _equal(first: list[StateDict], second: list[StateDict]) -> bool:
    if len(first) != len(second):
        return False
    return all(
        a.keys() == b.keys() and all(a[k].dtype == b[k].dtype and torch.equal(a[k], b[k]) for k in a)
        for a, b in zip(first, second)
    )


def _kind(value: object) -> str:
    return value.what[:80] if isinstance(value, Unread) else type(value).__name__


def _nothing(stored: object) -> str:
    """The message for a stored value without a state_dict."""
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
