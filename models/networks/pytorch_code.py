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
    lines += [NORMALIZE] if any(spec["layer"] == "Normalize" for spec in specs) else [""]
    lines += ["network = nn.Sequential(", *(f"    {_layer(spec)}," for spec in specs), ")"]
    if any(str(tensor.dtype) == "torch.float64" for tensor in weights.values()):
        lines.append("network.double()")
    if inline:
        lines += ["network.load_state_dict({", *(f"    {name!r}: {_tensor(value)}," for name, value in weights.items())]
        lines.append("})")
    else:
        lines.append(f"network.load_state_dict(load_file({filename!r}))")
    return "\n".join([*lines, "network.eval()", ""])


def _layer(spec: Spec) -> str:
    if spec["layer"] == "Unflatten":
        return f"nn.Unflatten(1, {tuple(spec['unflattened_size'])})"
    prefix = "" if spec["layer"] == "Normalize" else "nn."
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in spec.items()}
    arguments = ", ".join(f"{name}={value!r}" for name, value in fields.items() if name != "layer")
    return f"{prefix}{spec['layer']}({arguments})"


def _tensor(value: Tensor) -> str:
    return f"torch.tensor({value.cpu().tolist()!r}, dtype={value.dtype})"
