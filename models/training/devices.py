"""The devices of this machine that can train, with their names and titles."""

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
    titles = devices()
    if name == AUTO:
        name = next((device for device in titles if device != "cpu"), "cpu")
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"device must be {AUTO} or one of {', '.join(titles)}, got {name!r}") from error
    full_name = "cuda:0" if device.type == "cuda" and device.index is None else str(device)
    if device.type == "cuda" and full_name not in titles:
        raise ValueError(f"this machine has no device {name!r}; use {AUTO} or one of {', '.join(titles)}")
    return torch.device(full_name)


def devices() -> dict[str, str]:
    """The title of each device by its name: the CPU and every CUDA device."""
    count = os.cpu_count() or 1
    cores = f"CPU, {count} core{'' if count == 1 else 's'}"
    titles = {f"cuda:{index}": torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())}
    duplicates = len(set(titles.values())) < len(titles)
    return {"cpu": cores, **{name: f"{title} ({name})" if duplicates else title for name, title in titles.items()}}
