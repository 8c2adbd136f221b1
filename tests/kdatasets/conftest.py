"""Fixtures: a private cache for every test, and a web server that misbehaves on demand."""

from __future__ import annotations

import hashlib
import http.server
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kdatasets import download
from kdatasets.source import RemoteFile

REAL_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(autouse=True)
def private_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test reads or writes the user's own cache, or sees the user's settings."""
    monkeypatch.setenv("KDATASETS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("KDATASETS_MIRROR", raising=False)
    monkeypatch.delenv("KDATASETS_OFFLINE", raising=False)
    monkeypatch.setattr(download, "FIRST_DELAY", 0.01)


@pytest.fixture
def real_data() -> Path:
    """Folder with the real files; absent outside the project's own machines."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"the folder with real data files is absent: {REAL_DATA}")
    return REAL_DATA


@pytest.fixture
def remote(server: FaultyServer) -> Callable[..., RemoteFile]:
    """Make a record of a file that the test's server publishes."""

    def make(content: bytes, path: str = "toy/file.bin", **changes: Any) -> RemoteFile:
        server.files["/" + path] = content
        facts: dict[str, Any] = {
            "name": path,
            "digest": "sha256:" + hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "urls": (f"{server.url}/{path}",),
        }
        return RemoteFile(**{**facts, **changes})

    return make


class FaultyServer:
    """A file server on this machine; `faults` holds what to do to the next requests."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: list[str] = []
        self.requests: Counter[str] = Counter()
        self.ranges: list[str] = []
        self._lock = threading.Lock()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        with self._lock:
            self.requests[request.path] += 1
            fault = self.faults.pop(0) if self.faults else ""
            self.ranges.append(request.headers.get("Range", ""))
        path = request.path.removeprefix("/moved")
        if fault.isdigit() or path not in self.files:
            request.send_error(int(fault or 404))
            return
        if fault == "redirect":
            request.send_response(302)
            request.send_header("Location", f"{self.url}/moved{path}")
            request.end_headers()
            return
        self._send(request, self.files[path], fault)

    def _send(self, request: http.server.BaseHTTPRequestHandler, body: bytes, fault: str) -> None:
        if fault == "wrong":
            body = bytes(len(body))
        if fault == "long":
            body += b"more"
        start = 0
        asked = request.headers.get("Range")
        if asked and fault != "no range":
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            request.send_response(206)
            request.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            request.send_response(200)
        body = body[start:]
        if fault not in ("no length", "long"):
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if fault == "cut":
            request.wfile.write(body[: len(body) // 2])
        elif fault == "slow":
            for i in range(0, len(body), max(1, len(body) // 4)):
                request.wfile.write(body[i : i + max(1, len(body) // 4)])
                time.sleep(0.05)
        else:
            request.wfile.write(body)
        request.close_connection = True


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    running = FaultyServer()
    yield running
    running.close()
