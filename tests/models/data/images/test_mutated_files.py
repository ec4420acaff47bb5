"""Published sets whose files are damaged are read, or refused in one sentence: nothing else happens."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from models.data.images import read_set
from models.data.images.formats import gtsrb
from tests.models.data.images.builders import idx, npz
from tests.models.data.images.published import (
    Files,
    cifar_batch,
    cifar_record,
    gtsrb_test,
    gtsrb_training,
    har,
    pictures,
    released,
    svhn,
    tar,
    zipped,
)

COLOUR = pictures(2)
LABELS = [3, 9]
DIGITS, KINDS = COLOUR[:, :28, :28, 0], np.array(LABELS, np.uint8)
BINARY = b"".join(cifar_record(image, label) for image, label in zip(COLOUR, LABELS))
TEST, CLASSES = gtsrb_test(3)
HAR = har(2, 1)[0]
READERS: dict[str, Files] = {
    "IDX": {"t10k-images-idx3-ubyte": idx(DIGITS), "t10k-labels-idx1-ubyte": idx(KINDS)},
    "IDX, gzipped": {"train-images.gz": gzip.compress(idx(DIGITS)), "train-labels.gz": gzip.compress(idx(KINDS))},
    "NPZ": {"a.npz": npz(x=DIGITS, y=KINDS.astype(np.int64), classes=np.array(list("0123456789")))},
    "CIFAR-10": {"test_batch.bin": BINARY},
    "CIFAR-10, packed": {"cifar-10-binary.tar.gz": tar({"cifar-10-batches-bin/test_batch.bin": BINARY})},
    "CIFAR-10 in a tar": {"cifar-10-binary.tar": tar({"cifar-10-batches-bin/test_batch.bin": BINARY}, "w")},
    "CIFAR-10, Python": {"test_batch": cifar_batch(COLOUR, LABELS)},
    "SVHN": {"test_32x32.mat": svhn(COLOUR, LABELS)},
    "SVHN, not compressed": {"test_32x32.mat": svhn(COLOUR, LABELS, compressed=False)},
    "the MMR release": {"gts_int_test.mat": released(COLOUR, KINDS)},
    "GTSRB": {"a.zip": zipped(TEST, 0), "b.zip": zipped({"GT-final_test.csv": CLASSES}, 0)},
    "GTSRB, compressed": {"a.zip": zipped(gtsrb_training(2, 1))},
    "HAR": {name.rpartition("/")[2]: data for name, data in HAR.items() if "_test" in name},
    "HAR, packed": {"har.zip": zipped(HAR)},
}
FEW, MANY = 60, 750  # of each reader; MANY are ten thousand in all
HEAD = 400  # bytes: where most formats keep sizes and types


def mutated(data: bytes, random: np.random.Generator) -> bytes:
    """The file with some bytes changed, a piece removed, repeated or replaced, or its end cut off."""
    changed = bytearray(data)
    for _ in range(int(random.integers(1, 5))):
        reach = max(1, min(len(changed), HEAD) if random.random() < 0.5 else len(changed))
        at, length = int(random.integers(reach)), int(random.integers(1, 9))
        match random.integers(6):
            case 0:
                changed[at : at + 1] = bytes([random.integers(256)])
            case 1:
                del changed[at : at + length]
            case 2:
                changed[at:at] = changed[at : at + length]
            case 3:
                changed[at : at + length] = random.bytes(length)
            case 4:
                changed[at : at + 4] = int(random.choice([0, 1, 2**31 - 1, 2**32 - 1])).to_bytes(4, "little")
            case 5:
                del changed[at:]
    return bytes(changed)


def check_mutations(reader: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gtsrb, "CLASSES", 43 if "compressed" not in reader else 2)
    files, refused = READERS[reader], 0
    read_set(list(files.items()))  # undamaged, it is read
    for seed in range(count):
        random = np.random.default_rng(seed)
        victim = list(files)[int(random.integers(len(files)))]
        upload = [(name, mutated(data, random) if name == victim else data) for name, data in files.items()]
        try:
            found = read_set(upload)
        except ValueError as error:
            said = str(error)
            assert len(said) < 900 and "\n" not in said, said
            refused += 1
            continue
        for x, y in found.parts.values():
            assert len(x) == len(y) and x.dtype in (np.uint8, np.float32) and bool(np.isfinite(x).all())
            assert y.dtype == np.int64 and y.min() >= -1
    assert refused  # some damage cannot be read


@pytest.mark.parametrize("reader", READERS)
def test_damaged_files_are_read_or_refused(reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check_mutations(reader, FEW, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("reader", READERS)
def test_ten_thousand_damaged_files_are_read_or_refused(reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check_mutations(reader, MANY, monkeypatch)
