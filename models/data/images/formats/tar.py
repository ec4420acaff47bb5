"""Unpacking gzip and tar in memory: sizes are limited, links and devices are skipped, nothing is written to disk."""

from __future__ import annotations

import io
import tarfile
import zlib

from models.files.archives import inflate

GZIP = b"\x1f\x8b"
MAX_BYTES = 256_000_000  # unpacked; CIFAR-10's binary version has 184 million
MAX_MEMBERS = 100  # a limit on time; CIFAR-10's archive has eight
MAGIC = slice(257, 262)


def unpacked(data: bytes) -> bytes:
    """The content of a gzip file; any other file unchanged.

    Raises
    ------
    ValueError
        If it is damaged, cut off, or unpacks to more than MAX_BYTES.
    """
    return inflate(data, MAX_BYTES, 16 + zlib.MAX_WBITS) if data.startswith(GZIP) else data


def is_tar(data: bytes) -> bool:
    return data[MAGIC] == b"ustar"


def members(data: bytes) -> list[tuple[str, bytes]]:
    """Paths and contents of the plain files in an uncompressed tar archive.

    Raises
    ------
    ValueError
        If it is damaged, or has too many members.
    """
    files = []
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for number, member in enumerate(archive):
                if number >= MAX_MEMBERS:
                    raise ValueError(f"the archive has more than {MAX_MEMBERS} members")
                content = archive.extractfile(member) if member.isreg() and not member.issparse() else None
                if content is not None:
                    files.append((member.name, content.read()))
    except (tarfile.TarError, EOFError, OSError, OverflowError, UnicodeError) as error:
        raise ValueError("the tar archive is damaged or cut off; download it again") from error
    return files
