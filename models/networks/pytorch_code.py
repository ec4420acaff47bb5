"""A network as PyTorch code that runs without this project."""

from __future__ import annotations

from torch import Tensor, nn

from models.networks.architecture import Spec, describe, weights_of

INLINE = 2_000  # weights up to which the code contains them: a limit on its length

NORMALIZE = '''

class Normalize(nn.Module):
    """Per-channel (x - mean) / std."""

    def __init__(self, channels):
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("std", torch.ones(channels))

    def forward(self, x):
        shape = (-1, *[1] * (x.dim() - 2))
        return (x - self.mean.reshape(shape)) / self.std.reshape(shape)

'''


PICK = '''

class Pick(nn.Module):
    """Numbers of one input by their places, as a flat vector."""

    def __init__(self, outputs):
        super().__init__()
        self.register_buffer("index", torch.zeros(outputs, dtype=torch.int64))

    def forward(self, x):
        return x.flatten(1)[:, self.index]

'''

CONSTANT = '''

class Constant(nn.Module):
    """The same numbers for every input."""

    def __init__(self, units):
        super().__init__()
        self.register_buffer("value", torch.zeros(units))

    def forward(self, x):
        return self.value.expand(x.shape[0], -1)

'''

ABS = '''

class Abs(nn.Module):
    """|x|."""

    def forward(self, x):
        return torch.abs(x)

'''
OWN = {"Normalize": NORMALIZE, "Pick": PICK, "Constant": CONSTANT, "Abs": ABS}  # classes that torch does not have
CALLS = {  # of steps that are functions and not layers
    "Add": "{0} + {1}",
    "Subtract": "{0} - {1}",
    "Maximum": "torch.maximum({0}, {1})",
    "Minimum": "torch.minimum({0}, {1})",
    "Abs": "torch.abs({0})",
    "Clamp": "torch.clamp({0}, min={low}, max={high})",
}


def as_pytorch_code(network: nn.Module, filename: str = "network.safetensors") -> str:
    """Code that builds `network`, a torch.nn.Sequential in eval mode with the same outputs.

    Up to 2 000 weights are written out with all digits. More are loaded from `filename`, the file that `save_network`
    writes; the code then needs the safetensors package.

    Raises
    ------
    UnsupportedLayerError
        Naming the layer that cannot be described.
    """
    specs, weights = describe(network), weights_of(network)
    inline = sum(tensor.numel() for tensor in weights.values()) <= INLINE
    lines = ["import torch", "from torch import nn"]
    lines += [] if inline else ["from safetensors.torch import load_file"]
    kinds = {spec["layer"] for spec in specs}
    kinds |= {step["layer"] for spec in specs for step in spec.get("steps", ())} - CALLS.keys()
    own = [code for kind, code in OWN.items() if kind in kinds]
    graphs = [line for place, spec in enumerate(specs) if "steps" in spec for line in _graph(f"Graph{place}", spec)]
    lines += [*own, *graphs] or [""]
    lines += ["network = nn.Sequential(", *(f"    {_layer(spec, place)}," for place, spec in enumerate(specs)), ")"]
    if any(str(tensor.dtype) == "torch.float64" for tensor in weights.values()):
        lines.append("network.double()")
    if inline:
        lines += ["network.load_state_dict({", *(f"    {name!r}: {_tensor(value)}," for name, value in weights.items())]
        lines.append("})")
    else:
        lines.append(f"network.load_state_dict(load_file({filename!r}))")
    return "\n".join([*lines, "network.eval()", ""])


def _layer(spec: Spec, place: int) -> str:
    if spec["layer"] == "LayerGraph":
        return f"Graph{place}()"
    if spec["layer"] == "Unflatten":
        return f"nn.Unflatten(1, {tuple(spec['unflattened_size'])})"
    prefix = "" if spec["layer"] in OWN else "nn."
    left_out = ("layer", "of", "inputs") if spec["layer"] == "Pick" else ("layer", "of")
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in spec.items()}
    arguments = ", ".join(f"{name}={value!r}" for name, value in fields.items() if name not in left_out)
    return f"{prefix}{spec['layer']}({arguments})"


def _graph(name: str, spec: Spec) -> list[str]:
    """The class of a graph of layers; value k + 1 is what step k gives."""
    layers, calls = [], []
    for place, step in enumerate(spec["steps"]):
        of = [f"v{value}" for value in step["of"]]
        if step["layer"] == "Concat":
            call = f"torch.cat([{', '.join(f'{value}.flatten(1)' for value in of)}], 1)"
        elif step["layer"] in CALLS:
            call = CALLS[step["layer"]].format(*of, **step)
        else:
            layers.append(f'        self.add_module("{place}", {_layer(step, place)})')
            call = f'self.get_submodule("{place}")({of[0]})'
        calls.append(f"        v{place + 1} = {call}")
    return [
        "", "", f"class {name}(nn.Module):", "    def __init__(self):", "        super().__init__()", *layers, "",
        "    def forward(self, v0):", *calls, f"        return v{len(calls)}", "", "",
    ]  # fmt: skip


def _tensor(value: Tensor) -> str:
    return f"torch.tensor({value.cpu().tolist()!r}, dtype={value.dtype})"
