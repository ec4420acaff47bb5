"""Files that are not supported: their kinds, with a remedy for each."""

from __future__ import annotations

KERAS = (
    "it is a file of Keras or HDF5; export the network to ONNX with tf2onnx, or save its weights as W1, b1, ... .npz"
)
PAGE = "it is a web page, as comes where a download needs a login or has moved; download the file itself"
POINTER = "it is a pointer of Git LFS to a file, not the file; fetch it with git lfs pull"
PICKLED = (
    "it is a pickled Python object (joblib writes them too), which could run any code and is not opened; save a "
    "network's state_dict with torch.save, scikit-learn's coefs_ and intercepts_ with numpy.savez"
)


def foreign_kind(data: bytes) -> str:
    """The kind of an unsupported file and a remedy, as a sentence; empty if the kind is unknown."""
    start = data[:512].lstrip().lower()
    if not data:
        return "it is empty"
    if data.startswith(b"\x89HDF") or (data.startswith(b"PK") and b"config.json" in data[:4096]):
        return KERAS
    if start.startswith((b"<!doctype html", b"<html")):
        return PAGE
    if data.startswith(b"version https://git-lfs"):
        return POINTER
    if data[4:8] == b"TFL3":
        return "it is a network of TensorFlow Lite; export the float network to ONNX with tf2onnx"
    if data.startswith(b"\x93NUMPY"):
        return "it is a single NumPy array; save all matrices and biases with numpy.savez(path, W1=..., b1=..., ...)"
    if data.startswith(b"\x1f\x8b"):
        return "it is packed by gzip; unpack it first"
    return PICKLED if data[:1] == b"\x80" and data[1:2] in b"\x02\x03\x04\x05" and len(data) > 2 else ""
