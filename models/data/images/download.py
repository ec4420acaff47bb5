"""Downloads of data sets from their publishers, checked against known sums."""

from __future__ import annotations

import hashlib
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from models.data.images.catalogue import available_images
from models.data.images.formats.idx import files_of
from models.data.images.formats.matlab import SVHN_FILES
from models.data.images.images import PARTS, Part, data_folder
from models.data.images.sets import HAR_ZIP, IMAGE_SETS, Files
from models.files.atomic_writes import replace_file

# Limits on a server that fails or lies. BLOCK bounds how late they are noticed.
SILENCE = 15.0  # seconds without a byte after which a server has failed
SLOWEST = 100_000  # bytes a second on average
SHORTEST_LIMIT = 600.0  # seconds for one file, however small
MAX_BYTES = 60_000_000  # of one file, where the source states no more
BLOCK = 1 << 16  # bytes

Progress = Callable[[float], None]


IDX_FILES: Files = {part: tuple(f"{stem}.gz" for stem in files_of(part)) for part in PARTS}
ALGORITHMS = {64: "sha256", 32: "md5"}  # by the number of hexadecimal digits


@dataclass(frozen=True)
class Source:
    """The addresses of a data set's files, in the order of trial, and the files' sums.

    sums : in hexadecimal digits, SHA-256, or MD5 where no other is published: against damage, as no file is trusted
    files : those of each part
    max_bytes : of one file
    """

    addresses: tuple[str, ...]
    sums: Mapping[str, str]
    files: Files = field(default_factory=lambda: IDX_FILES)
    max_bytes: int = MAX_BYTES


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
    "cifar-10": Source(
        ("https://www.cs.toronto.edu/~kriz/",),
        {"cifar-10-binary.tar.gz": "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"},
        dict.fromkeys(PARTS, ("cifar-10-binary.tar.gz",)),
        171_000_000,
    ),
    "gts": Source(
        ("https://sid.erda.dk/public/archives/daaeac0d7ce1152aea9b61d9f1e19370/",),
        {
            "GTSRB_Final_Training_Images.zip": "f33fd80ac59bff73c82d25ab499e03a3",
            "GTSRB_Final_Test_Images.zip": "c7e4e6327067d32654124b0fe9e82185",
            "GTSRB_Final_Test_GT.zip": "fe31e9c9270bbcd7b84b7f21a9d9d9e5",
        },
        {
            "train": ("GTSRB_Final_Training_Images.zip",),
            "test": ("GTSRB_Final_Test_Images.zip", "GTSRB_Final_Test_GT.zip"),
        },
        280_000_000,
    ),
    "svhn": Source(
        ("http://ufldl.stanford.edu/housenumbers/",),
        {
            "train_32x32.mat": "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8",
            "test_32x32.mat": "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b",
        },
        {part: (name,) for part, name in SVHN_FILES.items()},
        183_000_000,
    ),
    "har": Source(
        ("https://archive.ics.uci.edu/static/public/240/",),
        {HAR_ZIP: "c00b803081a5c797cd5e4b83700a9810b38d53d9d84e01917e090e1fdbc81031"},
        dict.fromkeys(PARTS, (HAR_ZIP,)),
        62_000_000,
    ),
}
SOURCES["mnist-binary"] = SOURCES["mnist"]


def download_images(
    name: str, parts: Sequence[Part] = PARTS, folder: Path | None = None, progress: Progress | None = None
) -> Path:
    """Download the missing files of a data set into its folder in `folder`, where `load_images` finds them.

    Parameters
    ----------
    name : one of SOURCES
    parts : those of them that are not on this machine yet, in whatever form
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
        *others, last = SOURCES
        raise ValueError(f"{name!r} cannot be downloaded; {', '.join(others)} and {last} can")
    root = folder if folder is not None else data_folder()
    source, target = SOURCES[name], root / IMAGE_SETS[name].folders[0]
    there = available_images(folder).get(name, ())
    wanted = list(dict.fromkeys(file for part in parts if part not in there for file in source.files[part]))
    for done, file in enumerate(wanted):
        if progress is not None:
            progress(done / len(wanted))
        if not (target / file).is_file():
            data = _fetched(source, file)
            target.mkdir(parents=True, exist_ok=True)
            replace_file(target / file, data)
    if progress is not None:
        progress(1.0)
    return target


def _fetched(source: Source, file: str) -> bytearray:
    """The file from the first address where its checksum is right."""
    reasons = []
    for address in source.addresses:
        try:
            data = _get(address + file, source.max_bytes)
        except (OSError, HTTPException) as error:  # URLError and time-outs are OSErrors
            reasons.append(f"{address} ({getattr(error, 'reason', None) or error or type(error).__name__})")
            continue
        if hashlib.new(ALGORITHMS[len(source.sums[file])], data).hexdigest() == source.sums[file]:
            return data
        reasons.append(f"{address} (its file has another checksum)")
    raise ConnectionError(f"{file} could not be downloaded; tried {', '.join(reasons)}. Is this machine online?")


def _get(address: str, max_bytes: int) -> bytearray:
    started, content = time.monotonic(), bytearray()
    longest = max(SHORTEST_LIMIT, max_bytes / SLOWEST)
    with urllib.request.urlopen(address, timeout=SILENCE) as answer:
        while block := answer.read(BLOCK):
            content += block
            if len(content) > max_bytes:
                raise OSError(f"it sends more than {max_bytes:,} bytes")
            if time.monotonic() - started > longest:
                raise TimeoutError(f"it takes longer than {longest:g} s")
    return content
