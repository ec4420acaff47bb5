"""Downloads are whole and as published, or leave nothing behind; a server on this machine plays the mirror."""

from __future__ import annotations

import gzip
import hashlib
import math
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from models.data.images import IMAGE_SETS, available_images, download, download_images, load_images
from models.data.images import __main__ as command
from models.data.images.download import Source
from models.data.images.images import FOLDER_VARIABLE
from tests.models.data.images.builders import idx

IMAGES = np.arange(40, dtype=np.uint8).reshape(2, 4, 5)
FILES = {
    f"{part}-{kind}-ubyte.gz": gzip.compress(idx(array))
    for part in ("train", "t10k")
    for kind, array in (("images-idx3", IMAGES), ("labels-idx1", np.arange(2, dtype=np.uint8)))
}
SUMS = {name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()}


class Mirror(BaseHTTPRequestHandler):
    """/good/ has the files, /other/ has others, /endless/ never stops, /silent/ says nothing."""

    def do_GET(self) -> None:
        _, kind, name = self.path.split("/")
        if kind == "missing":
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        if kind == "silent":
            self.server.released.wait()  # type: ignore[attr-defined]
        elif kind == "endless":
            try:
                while not self.server.released.is_set():  # type: ignore[attr-defined]
                    self.wfile.write(bytes(10**5))
            except OSError:
                pass  # the other side has hung up, as it should
        else:
            self.wfile.write(FILES[name] if kind == "good" else b"something else")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def mirror() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    server.released = threading.Event()  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.released.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


def published(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    monkeypatch.setitem(download.SOURCES, "mnist", Source(addresses, SUMS))


def test_what_is_downloaded_is_found(mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(monkeypatch, f"{mirror}/missing/", f"{mirror}/other/", f"{mirror}/good/")
    shares: list[float] = []
    assert download_images("mnist", folder=tmp_path, progress=shares.append) == tmp_path / "mnist"
    assert available_images(tmp_path)["mnist"] == ("train", "test")
    assert np.array_equal(np.round(load_images(folder=tmp_path).x[:, 0] * 255), IMAGES)
    assert shares == sorted(shares) and shares[-1] == 1


def test_what_is_there_is_not_downloaded_again(mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(monkeypatch, f"{mirror}/good/")
    download_images("mnist", ["test"], tmp_path)
    assert available_images(tmp_path)["mnist"] == ("test",)
    published(monkeypatch, f"{mirror}/missing/")
    download_images("mnist", ["test"], tmp_path)


@pytest.mark.parametrize(
    ("kind", "named"),
    [("other", "another checksum"), ("missing", "Not Found"), ("endless", "more than"), ("silent", "timed out")],
)
def test_bad_servers_leave_nothing(
    kind: str, named: str, mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(monkeypatch, f"{mirror}/{kind}/")
    monkeypatch.setattr(download, "SILENCE", 0.5)
    with pytest.raises(ConnectionError, match=rf"{named}.* Is this machine online\?"):
        download_images("mnist", folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_slow_server_is_given_up(mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(monkeypatch, f"{mirror}/endless/")
    monkeypatch.setattr(download, "SHORTEST_LIMIT", 0.0)
    monkeypatch.setattr(download, "SLOWEST", math.inf)
    with pytest.raises(ConnectionError, match="longer than 0 s"):
        download_images("mnist", folder=tmp_path)


def test_offline_the_command_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    published(monkeypatch, "http://127.0.0.1:1/")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert command.main(["mnist"]) == 1
    assert "Is this machine online?" in capsys.readouterr().err


def test_only_what_is_published_is_downloaded(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'mnist-5k' cannot be downloaded; mnist, .* and mnist-binary can"):
        download_images("mnist-5k", folder=tmp_path)


def test_the_digits_of_two_classes_are_those_of_mnist(
    mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(download.SOURCES, "mnist-binary", Source((f"{mirror}/good/",), SUMS))
    assert download_images("mnist-binary", folder=tmp_path) == tmp_path / "mnist"
    assert available_images(tmp_path).keys() >= {"mnist", "mnist-binary"}


@pytest.mark.parametrize("name", download.SOURCES)
def test_every_file_has_a_sum_and_is_a_form_of_its_set(name: str) -> None:
    source, forms = download.SOURCES[name], IMAGE_SETS[name].forms
    for part in ("train", "test"):
        assert all(len(source.sums[file]) in download.ALGORITHMS for file in source.files[part])
        assert any(
            all(file in wanted.split("|") for file, wanted in zip(source.files[part], form.files[part], strict=True))
            for form in forms
            if len(form.files[part]) == len(source.files[part])
        )


def test_an_archive_of_both_parts_is_downloaded_once(
    mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FILES, "cifar-10-binary.tar.gz", b"archive")
    for digest in (hashlib.sha256, hashlib.md5):
        sums = {"cifar-10-binary.tar.gz": digest(b"archive").hexdigest()}
        files = dict.fromkeys(("train", "test"), tuple(sums))
        monkeypatch.setitem(download.SOURCES, "cifar-10", Source((f"{mirror}/good/",), sums, files))
        folder = tmp_path / digest.__name__
        shares: list[float] = []
        download_images("cifar-10", folder=folder, progress=shares.append)
        assert (folder / "cifar-10" / "cifar-10-binary.tar.gz").read_bytes() == b"archive" and shares == [0.0, 1.0]
        assert available_images(folder)["cifar-10"] == ("train", "test")
