"""Downloads of MNIST and Fashion-MNIST from their publishers, checked against SHA-256 sums."""

from __future__ import annotations

import hashlib
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from models.data.images.idx import files_of
from models.data.images.images import PARTS, Part, data_folder
from models.files.atomic_writes import replace_file

# Limits on a server that fails or lies. BLOCK bounds how late they are noticed.
SILENCE = 15.0  # seconds without a byte after which a server has failed
LONGEST_DOWNLOAD = 600.0  # seconds for one file
MAX_BYTES = 60_000_000  # of one file
BLOCK = 1 << 16  # bytes

Progress = Callable[[float], None]


@dataclass(frozen=True)
class Source:
    """The addresses of a data set's gzipped IDX files, in the order of trial, and the files' checksums."""

    addresses: tuple[str, ...]
    sha256: dict[str, str]


SOURCES = {
    "mnist": Source(
        ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
        {
            "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
    ),
    "fashion-mnist": Source(
        (
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        {
            "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
    ),
}


def download_images(
    name: str, parts: Sequence[Part] = PARTS, folder: Path | None = None, progress: Progress | None = None
) -> Path:
    """Download the missing files of a data set into `folder`/`name`, where `load_images` finds them.

    Parameters
    ----------
    name : mnist or fashion-mnist
    folder : the data folder if None
    progress : called with the share of files done, and may raise to stop

    Raises
    ------
    ValueError
        If the data set is not published for download.
    ConnectionError
        If no address can be reached, or a file does not have the published checksum.
    """
    if name not in SOURCES:
        raise ValueError(f"{name!r} cannot be downloaded; {' and '.join(SOURCES)} can")
    target = (folder if folder is not None else data_folder()) / name
    wanted = [f"{stem}.gz" for part in parts for stem in files_of(part)]
    for done, file in enumerate(wanted):
        if progress is not None:
            progress(done / len(wanted))
        if not (target / file).is_file() and not (target / file.removesuffix(".gz")).is_file():
            data = _fetched(SOURCES[name], file)
            target.mkdir(parents=True, exist_ok=True)
            replace_file(target / file, data)
    if progress is not None:
        progress(1.0)
    return target


def _fetched(source: Source, file: str) -> bytes:
    """The file from the first address where its checksum is right."""
    reasons = []
    for address in source.addresses:
        try:
            data = _get(address + file)
        except (OSError, HTTPException) as error:  # URLError and time-outs are OSErrors
            reasons.append(f"{address} ({getattr(error, 'reason', None) or error or type(error).__name__})")
            continue
        if hashlib.sha256(data).hexdigest() == source.sha256[file]:
            return data
        reasons.append(f"{address} (its file has another checksum)")
    raise ConnectionError(f"{file} could not be downloaded; tried {', '.join(reasons)}. Is this machine online?")


def _get(address: str) -> bytes:
    started, content = time.monotonic(), bytearray()
    with urllib.request.urlopen(address, timeout=SILENCE) as answer:
        while block := answer.read(BLOCK):
            content += block
            if len(content) > MAX_BYTES:
                raise OSError(f"it sends more than {MAX_BYTES:,} bytes")
            if time.monotonic() - started > LONGEST_DOWNLOAD:
                raise TimeoutError(f"it takes longer than {LONGEST_DOWNLOAD:g} s")
    return bytes(content)
