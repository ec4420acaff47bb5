"""The devices of this machine that can train: their names, and what each is called."""

from __future__ import annotations

import os

import torch

AUTO = "auto"


def torch_device(name: str) -> torch.device:
    """The device of this name; "auto" is the first GPU if there is one, else the CPU.

    Raises
    ------
    ValueError
        If it is no device, or this machine has none of this name, naming those that it has.
    """
    known = devices()
    if name == AUTO:
        name = next((device for device in known if device != "cpu"), "cpu")
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"device must be {AUTO} or one of {', '.join(known)}, got {name!r}") from error
    usual = "cuda:0" if device.type == "cuda" and device.index is None else str(device)
    if device.type == "cuda" and usual not in known:
        raise ValueError(f"this machine has no device {name!r}; use {AUTO} or one of {', '.join(known)}")
    return torch.device(usual)


def devices() -> dict[str, str]:
    """What can be chosen, by name: the CPU and every CUDA device, with what people call it."""
    count = os.cpu_count() or 1
    cores = f"CPU, {count} core{'' if count == 1 else 's'}"
    found = {f"cuda:{index}": torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())}
    twice = len(set(found.values())) < len(found)
    return {"cpu": cores, **{name: f"{title} ({name})" if twice else title for name, title in found.items()}}
