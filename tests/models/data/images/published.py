"""Small data sets in the formats in which they are published, written without the project's code."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import scipy.io

Files = dict[str, bytes]
RNG = np.random.default_rng(0)


def tar(files: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def pictures(n: int, side: int = 32) -> np.ndarray:
    """(n, side, side, 3)"""
    return RNG.integers(0, 256, (n, side, side, 3), np.uint8)


def cifar_record(picture: np.ndarray, label: int) -> bytes:
    return bytes([label]) + b"".join(picture[:, :, channel].tobytes() for channel in range(3))


def python2_text(text: bytes) -> bytes:
    """SHORT_BINSTRING or BINSTRING."""
    return b"U" + bytes([len(text)]) + text if len(text) < 256 else b"T" + struct.pack("<i", len(text)) + text


def python2_int(number: int) -> bytes:
    """BININT1, BININT2 or BININT."""
    if 0 <= number < 256:
        return b"K" + bytes([number])
    return b"M" + struct.pack("<H", number) if 0 <= number < 65536 else b"J" + struct.pack("<i", number)


def python2_list(items: list[bytes]) -> bytes:
    return b"](" + b"".join(items) + b"e"


def cifar_batch(images: np.ndarray, labels: list[int], title: bytes = b"training batch 1 of 5") -> bytes:
    """A batch of CIFAR-10's Python version, operation by operation as Python 2's pickle of protocol 2 writes it."""
    rows = np.stack([image.transpose(2, 0, 1).reshape(-1) for image in images])
    kind = b"cnumpy\ndtype\n" + python2_text(b"u1") + python2_int(0) + python2_int(1) + b"\x87R"
    kind += b"(" + python2_int(3) + python2_text(b"|") + b"NNN" + 2 * python2_int(-1) + python2_int(0) + b"tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n" + python2_int(0) + b"\x85" + python2_text(b"b")
    array += b"\x87R(" + python2_int(1) + python2_int(len(rows)) + python2_int(3072) + b"\x86"
    array += kind + b"\x89" + python2_text(rows.tobytes()) + b"tb"
    names = [python2_text(b"leptodactylus_pentadactylus_s_%06d.png" % number) for number in range(len(rows))]
    fields = {
        b"batch_label": python2_text(title),
        b"labels": python2_list([python2_int(label) for label in labels]),
        b"data": array,
        b"filenames": python2_list(names),
    }
    return b"\x80\x02}(" + b"".join(python2_text(key) + value for key, value in fields.items()) + b"u."


def svhn(images: np.ndarray, labels: list[int], compressed: bool = True) -> bytes:
    """X (height, width, channels, n), and y in which the digit 0 is 10."""
    y = np.array([[label or 10] for label in labels], dtype=np.uint8)
    return mat(compressed, X=images.transpose(1, 2, 3, 0), y=y)


def released(images: np.ndarray, labels: np.ndarray, compressed: bool = False) -> bytes:
    """The layout of Croce et al.: images (n, height, width, channels) and labels, which SciPy writes as a row."""
    return mat(compressed, images=images, labels=labels)


def mat(compressed: bool, **arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    scipy.io.savemat(stream, arrays, do_compression=compressed)
    return stream.getvalue()


def ppm(picture: np.ndarray, comment: bytes = b"") -> bytes:
    height, width, _ = picture.shape
    return b"P6\n" + comment + b"%d %d\n255\n" % (width, height) + picture.tobytes()


TABLE = "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId\r\n"


def gtsrb_training(classes: int = 43, each: int = 2) -> Files:
    """Pictures with a border of 5 pixels in GTSRB's folders."""
    files = {"GTSRB/Readme-Images.txt": b"The German Traffic Sign Recognition Benchmark"}
    for label in range(classes):
        folder, table = f"GTSRB/Final_Training/Images/{label:05}", TABLE
        for number in range(each):
            name = f"00000_{number:05}.ppm"
            files[f"{folder}/{name}"], row = _sign(name, label)
            table += row
        files[f"{folder}/GT-{label:05}.csv"] = table.encode()
    return files


def gtsrb_test(n: int = 5) -> tuple[Files, bytes]:
    """The files of the test archive, and the table with classes, which is published by itself."""
    files, table = {}, TABLE
    for number in range(n):
        name = f"{number:05}.ppm"
        files[f"GTSRB/Final_Test/Images/{name}"], row = _sign(name, number % 43)
        table += row
    files["GTSRB/Final_Test/Images/GT-final_test.test.csv"] = table.replace(";ClassId", "").encode()
    return files, table.encode()


def _sign(name: str, label: int) -> tuple[bytes, str]:
    width, height = (int(RNG.integers(15, 40)) for _ in range(2))
    picture = RNG.integers(0, 256, (height, width, 3), np.uint8)
    return ppm(picture), f"{name};{width};{height};5;5;{width - 5};{height - 5};{label}\r\n"


def har_text(x: np.ndarray) -> bytes:
    """Numbers as UCI's files have them: sixteen characters each, an exponent of three digits."""
    return "".join("".join(f" {_exponent(value)}" for value in row) + "\n" for row in x).encode()


def _exponent(value: float) -> str:
    mantissa, exponent = f"{value: .7e}".split("e")
    return f"{mantissa}e{exponent[0]}{int(exponent[1:]):03}"


def har(n_train: int = 4, n_test: int = 3) -> tuple[Files, dict[str, np.ndarray]]:
    """Files, and the arrays in them by the files' names."""
    files: Files = {"UCI HAR Dataset/activity_labels.txt": b"1 WALKING\n2 WALKING_UPSTAIRS\n"}
    arrays: dict[str, np.ndarray] = {}
    for part, n in (("train", n_train), ("test", n_test)):
        x, y = RNG.uniform(-1, 1, (n, 561)), RNG.integers(1, 7, n)
        x[0, :2] = -1, 1
        files[f"UCI HAR Dataset/{part}/X_{part}.txt"] = har_text(x)
        files[f"UCI HAR Dataset/{part}/y_{part}.txt"] = "".join(f"{label}\n" for label in y).encode()
        arrays |= {f"X_{part}": x, f"y_{part}": y}
    return files, arrays
