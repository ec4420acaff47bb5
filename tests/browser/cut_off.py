"""A connection between browser and server that tests can cut, as a loss of Wi-Fi does, or slow down."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit


class Proxy:
    """Forwards TCP connections to a server on this machine; `cut` drops them all and refuses new ones.

    `delay` is how many seconds everything takes from the browser to the server; it may be changed.
    """

    delay = 0.0

    def __init__(self, address: str) -> None:
        self._server = ("127.0.0.1", urlsplit(address).port)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._cut = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        with self._lock:
            self._cut, lost, self._open = True, self._open, set()
        for end in lost:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def mend(self) -> None:
        with self._lock:
            self._cut = False

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._cut:
                client.close()
                continue
            with contextlib.suppress(OSError):
                server = socket.create_connection(self._server)
                with self._lock:
                    self._open |= {client, server}
                    late = self._cut  # in the meantime
                if late:
                    self.cut()
                for source, target, up in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._forward, args=(source, target, up), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                time.sleep(self.delay if up else 0)
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxy(address: str) -> Iterator[Proxy]:
    between = Proxy(address)
    try:
        yield between
    finally:
        between.close()
