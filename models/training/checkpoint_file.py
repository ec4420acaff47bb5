"""The file of a checkpoint: a training, written and read, from which it resumes exactly.

The format is safetensors with JSON in the metadata, never a pickle. A file is untrusted, as networks are: every tensor
and every setting is checked before use.
"""

from __future__ import annotations

import copy
import hashlib
import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from models.files.atomic_writes import replace_file
from models.files.formats.native import is_native, unpacked
from models.networks.architecture import assemble, describe, weights_of
from models.objectives import OBJECTIVES, Objective, make_objective
from models.training.augmentation import AUGMENTATIONS
from models.training.engine import Engine
from models.training.learning_rates import MAX_DROPS

KEY, DIGEST = "reluscope-training", "sha256"
VERSION, WITHOUT_DIGEST = 4, 1
LATER = {"lr_divisor": 10, "augment": None}  # settings that came with versions 3 and 4, and what held before
UNCHECKED = "The checkpoint is of an older version without a digest: damage to it would not have been noticed."
MAX_BYTES = 2_000_000_000
MOMENTS = ("step", "exp_avg", "exp_avg_sq")  # what Adam keeps for every parameter
# Settings of an engine, as its arguments are named.
SETTINGS = ("epochs", "batch_size", "lr", "lr_drop", "lr_divisor", "seed", "augment")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A training at one moment, read from a file and checked.

    `initial` and `network` hold the weights it began with and those of now, `moments` Adam's per parameter.
    `settings` are keyword arguments of `Engine`, and of `Trainer`.
    """

    initial: nn.Sequential
    network: nn.Sequential
    moments: tuple[dict[str, Tensor], ...]
    objective: Objective
    settings: dict[str, Any]
    step: int
    seconds: float
    largest_loss: float
    terms: dict[str, float]
    data: str  # the engine's fingerprint of its points
    checked: bool  # against a digest; files of an older version have none

    def restore(self, engine: Engine) -> None:
        """Bring an engine, made with `initial`, `objective` and `settings`, to the step of the checkpoint.

        Raises
        ------
        ValueError
            If its points differ from those of the training.
        """
        if engine.data != self.data:
            raise ValueError(f"this training was on other points than these {len(engine.x)}; give it its own")
        if self.step > engine.total_steps:
            raise ValueError(f"a training of {engine.total_steps} steps cannot stand at step {self.step}")
        engine.network.load_state_dict(self.network.state_dict())
        engine.keep_buffers()
        for parameter, moments in zip(engine.network.parameters(), self.moments):
            engine.optimizer.state[parameter] = {name: moment.to(engine.device) for name, moment in moments.items()}
        engine.notice = "" if self.checked else UNCHECKED
        engine.step, engine.seconds = self.step, self.seconds
        engine.largest_loss, engine.terms = self.largest_loss, dict(self.terms)
        engine.publish_last()


def checkpoint_bytes(engine: Engine) -> bytes:
    """The checkpoint of a training at its last whole step. It does not wait for the step under way.

    Raises
    ------
    ValueError
        If its objective is none of OBJECTIVES, so that a file cannot name it, or if training has failed: the last
        good weights have no moments, so that training could not resume.
    UnsupportedLayerError
        Naming the layer that cannot be described.
    """
    with engine.whole:
        return _packed(engine)


def _packed(engine: Engine) -> bytes:
    if engine.message:
        raise ValueError(f"there is nothing to go on from: {engine.message}")
    name = next((name for name, record in OBJECTIVES.items() if type(engine.objective) is record.run), None)
    if name is None:
        raise ValueError(f"a checkpoint cannot name the objective {type(engine.objective).__name__}")
    initial = engine.initial_network()
    tensors = {f"initial.{key}": weight for key, weight in weights_of(initial).items()}
    tensors |= {f"network.{key}": weight for key, weight in weights_of(_at_the_step(engine)).items()}
    for index, parameter in enumerate(engine.network.parameters()):
        for moment, value in engine.optimizer.state.get(parameter, {}).items():
            tensors[f"adam.{index}.{moment}"] = value
    training = {
        "version": VERSION,
        "layers": describe(engine.network),
        "objective": name,
        "options": asdict(engine.objective),  # type: ignore[call-overload]
        "step": engine.step,
        "seconds": engine.seconds,
        "largest_loss": engine.largest_loss,
        "terms": engine.terms,
        "data": engine.data,
        **{setting: getattr(engine, setting) for setting in SETTINGS},
    }
    copies = {key: tensor.detach().to("cpu", copy=True).contiguous() for key, tensor in tensors.items()}
    text = json.dumps(training)
    return safetensors.torch.save(copies, {KEY: text, DIGEST: digest(text, copies)})


def _at_the_step(engine: Engine) -> nn.Sequential:
    """The network with the buffers of the last whole step."""
    if not engine.buffers:
        return engine.network
    network = copy.deepcopy(engine.network)
    network.load_state_dict(engine.buffers, strict=False)
    return network


def digest(text: str, tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of a checkpoint's settings and of every tensor's name, type, shape and bytes."""
    sha256 = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        sha256.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        sha256.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return sha256.hexdigest()


def write_checkpoint(engine: Engine, path: str | os.PathLike[str]) -> None:
    """`checkpoint_bytes` into a file, which is replaced as a whole or not at all; errors of both."""
    replace_file(Path(path), checkpoint_bytes(engine))


def read_checkpoint(source: str | os.PathLike[str] | bytes) -> Checkpoint:
    """The training in a file.

    Raises
    ------
    ValueError
        In one sentence: no checkpoint, damaged (one flipped bit is noticed), cut off, too large, values or shapes
        that do not fit.
    FileNotFoundError
        If there is no such file.
    """
    size = len(source) if isinstance(source, bytes) else Path(source).stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"the file has {size:,} bytes; checkpoints up to {MAX_BYTES:,} are read")
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    if not is_native(data):
        raise ValueError("this is no checkpoint of a training")
    metadata, tensors = unpacked(data)
    training = _training(metadata)
    checked = training["version"] != WITHOUT_DIGEST
    if checked and metadata.get(DIGEST) != digest(metadata[KEY], tensors):
        raise ValueError("the checkpoint is damaged: its content does not fit its digest")
    initial = assemble(training["layers"], _under("initial.", tensors))
    network = assemble(training["layers"], _under("network.", tensors))
    return Checkpoint(
        initial=initial,
        network=network,
        moments=_moments(network, _under("adam.", tensors), training["step"]),
        objective=_objective(training["objective"], training["options"]),
        settings={name: _tuple(training[name]) for name in SETTINGS},
        step=training["step"],
        seconds=training["seconds"],
        largest_loss=training["largest_loss"],
        terms=training["terms"],
        data=training["data"],
        checked=checked,
    )


def resumed(
    source: str | os.PathLike[str] | bytes, x: ArrayLike | Tensor, y: ArrayLike | Tensor, device: str = "auto"
) -> Engine:
    """The engine of a training in a file, on the points it was trained on; errors of both."""
    stored = read_checkpoint(source)
    engine = Engine(stored.initial, x, y, stored.objective, device=device, **stored.settings)
    stored.restore(engine)
    return engine


def _training(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The metadata's JSON, every value of its type and in its range."""
    try:
        training = json.loads(metadata[KEY])
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise ValueError("this is no checkpoint of a training") from error
    if type(training) is not dict or training.get("version") not in range(WITHOUT_DIGEST, VERSION + 1):
        raise ValueError(f"this is no checkpoint of a version from {WITHOUT_DIGEST} to {VERSION}")
    if training["version"] != VERSION:
        training = {**LATER, **training}
    if training.keys() != {"version", *FIELDS}:
        raise ValueError(f"a checkpoint has the fields {', '.join(FIELDS)}, this one has {str(sorted(training))[:200]}")
    for name, fits in FIELDS.items():
        if not fits(training[name]):
            raise ValueError(f"a checkpoint cannot have {name} = {str(training[name])[:40]}")
    return training


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _real(value: Any) -> bool:
    return type(value) in (int, float) and not math.isnan(value)


def _words(value: Any) -> bool:
    return type(value) is str and len(value) <= 100


def _option(value: Any) -> bool:
    simple = value is None or type(value) is bool or _real(value) or _words(value)
    return simple or _reals(value, 10)


def _reals(value: Any, most: int) -> bool:
    return type(value) is list and len(value) <= most and all(map(_real, value))


def _tuple(value: Any) -> Any:
    """JSON's list as the tuple that it was."""
    return tuple(value) if type(value) is list else value


FIELDS: dict[str, Callable[[Any], bool]] = {
    "layers": lambda value: type(value) is list,
    "objective": _words,
    "options": lambda value: type(value) is dict and all(map(_option, value.values())),
    "step": _whole,
    "seconds": _real,
    "largest_loss": _real,
    "terms": lambda value: type(value) is dict and len(value) <= 20 and all(map(_real, value.values())),
    "data": _words,
    "epochs": _whole,
    "batch_size": _whole,
    "lr": _real,
    "lr_drop": lambda value: value is None or _real(value) or _reals(value, MAX_DROPS),
    "lr_divisor": _real,
    "seed": _whole,
    "augment": lambda value: value is None or value in AUGMENTATIONS,
}


def _objective(name: str, options: Mapping[str, Any]) -> Objective:
    return make_objective(name, **{key: _tuple(value) for key, value in options.items()})


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _moments(network: nn.Module, tensors: Mapping[str, Tensor], step: int) -> tuple[dict[str, Tensor], ...]:
    """Adam's moments of every parameter, in their order; none before the first step."""
    parameters = list(network.parameters()) if step else []
    expected = {f"{index}.{name}" for index in range(len(parameters)) for name in MOMENTS}
    if expected != tensors.keys():
        raise ValueError(f"the checkpoint lacks or has too many of the optimiser's numbers, at step {step}")
    for index, parameter in enumerate(parameters):
        for name in MOMENTS:
            moment, shape = tensors[f"{index}.{name}"], () if name == "step" else tuple(parameter.shape)
            if tuple(moment.shape) != shape or not moment.is_floating_point() or not bool(moment.isfinite().all()):
                raise ValueError(f"Adam's {name} of parameter {index} is damaged: {shape} finite numbers are expected")
            if name != "exp_avg" and bool((moment < 0).any()):
                raise ValueError(f"Adam's {name} of parameter {index} holds negative values")
    return tuple({name: tensors[f"{index}.{name}"] for name in MOMENTS} for index in range(len(parameters)))
