"""Fetch one file from one URL into a partial file: bounded, resumable, retried.

The HTTP client is requests; this module adds what it lacks: going on where a broken download
stopped, never taking more bytes than the file has, and trying again after passing faults.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import IO, Any

from .errors import DatasetError
from .progress import ProgressLine

__all__ = ["SourceError", "checksum", "download"]

ATTEMPTS = 4
FIRST_DELAY = 0.5  # seconds; doubled after every attempt
LONGEST_DELAY = 8.0  # also the most that a server's Retry-After is followed
TIMEOUT = (10.0, 30.0)  # seconds to connect, and between two pieces
PIECE = 1 << 18

# What a server says when it is busy; every other refusal (404, 403 ...) is final for this URL.
PASSING_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
RANGE_NOT_SATISFIABLE = 416


class SourceError(DatasetError):
    """One source failed; the message says why. `fetch` collects these and tries the next source.

    Args:
        reason: Why, as the end of a sentence.
        passing: Whether trying the same source again may help.
        wait: Seconds the server asked to wait, 0 if it did not.
        discard: Whether the bytes received so far must not be kept.
    """

    def __init__(
        self, reason: str, *, passing: bool = False, wait: float = 0.0, discard: bool = False
    ) -> None:
        super().__init__(reason)
        self.passing = passing
        self.wait = wait
        self.discard = discard


def checksum(path: Path, algorithm: str = "sha256") -> str:
    """Checksum of a file's content.

    Args:
        path: The file.
        algorithm: A name that `hashlib.new` knows. Default 'sha256'.

    Returns:
        The digest in lower-case hexadecimal.

    Raises:
        OSError: If the file cannot be read.

    Example:
        >>> import os
        >>> checksum(Path(os.devnull))[:8]
        'e3b0c442'
    """
    digest = hashlib.new(algorithm)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


class _Part:
    """The growing partial file: what pieces are written into, once it has seen the response."""

    def __init__(self, stream: IO[bytes], size: int, progress: ProgressLine) -> None:
        self._stream = stream
        self._size = size
        self._progress = progress

    def look(self, response: Any) -> None:
        """Keep the old bytes only if the server really continues after them."""
        start = self._stream.tell()
        span = response.headers.get("Content-Range", "")
        if start and not (response.status_code == 206 and span.startswith(f"bytes {start}-")):
            self._stream.seek(0)
            self._stream.truncate()
            self._progress.restart()
            start = 0
        offered = response.headers.get("Content-Length", "")
        if offered.isdigit() and start + int(offered) != self._size:
            raise SourceError(
                f"it offers {start + int(offered)} bytes where the file has {self._size}",
                discard=True,
            )

    def write(self, piece: bytes) -> int:
        if self._stream.tell() + len(piece) > self._size:
            raise SourceError(
                f"it sent more than the {self._size} bytes the file has", discard=True
            )
        self._progress.advance(len(piece))
        return self._stream.write(piece)


def download(
    url: str, part: Path, size: int, *, label: str = "", progress: bool | None = None
) -> None:
    """Bring a partial file to its full size from one URL.

    Connection faults, time-outs and busy servers are retried with doubling delays; every attempt
    goes on where the last one stopped (HTTP Range) if the server can.

    Args:
        url: http or https address.
        part: The partial file; may hold the beginning already. It is kept on failure.
        size: Bytes of the whole file; more are never accepted.
        label: Name in the progress line. Default: the URL.
        progress: Whether to draw a progress line; None (default) only on a terminal.

    Raises:
        SourceError: If the URL does not give `size` bytes.

    Example:
        >>> download("http://localhost:1/x", Path("x.part"), 3)  # doctest: +SKIP
    """
    delay = FIRST_DELAY
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _attempt(url, part, size, label or url, progress)
            return
        except SourceError as error:
            if not error.passing or attempt == ATTEMPTS:
                raise
            time.sleep(min(max(delay, error.wait), LONGEST_DELAY))
            delay *= 2


def _attempt(url: str, part: Path, size: int, label: str, progress: bool | None) -> None:
    done = part.stat().st_size if part.exists() else 0
    if done > size:
        part.unlink()
        done = 0
    if done == size:
        return
    line = ProgressLine(label, total=size, done=done, show=progress)
    with part.open("ab") as stream:
        stream.seek(0, 2)
        writer = _Part(stream, size, line)
        try:
            _get(url, writer, done)
        except SourceError as error:
            if error.discard:
                stream.truncate(0)
            raise
        finally:
            line.close()
    received = part.stat().st_size
    if received < size:
        raise SourceError(f"it ended after {received} of {size} bytes", passing=True)


def _get(url: str, writer: _Part, done: int) -> None:
    # Imported here: reading a cached file does not need it, and it costs more than numpy does.
    import requests

    # Without 'identity' some servers decompress .gz files on the way.
    headers = {"Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
    try:
        with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
            response.raise_for_status()
            writer.look(response)
            for piece in response.iter_content(PIECE):
                writer.write(piece)
    except requests.HTTPError as error:
        raise _refusal(error.response) from error
    except requests.exceptions.InvalidSchema as error:
        raise SourceError("only http and https addresses and folders can be read") from error
    except (requests.RequestException, TimeoutError, ConnectionError) as error:
        raise SourceError(f"{type(error).__name__}: {error}", passing=True) from error


def _refusal(response: Any) -> SourceError:
    status = int(response.status_code)
    wait = response.headers.get("Retry-After", "")
    return SourceError(
        f"the server answered {status} {response.reason}",
        passing=status in PASSING_STATUS or status == RANGE_NOT_SATISFIABLE,
        discard=status == RANGE_NOT_SATISFIABLE,
        wait=float(wait) if wait.isdigit() else 0.0,
    )
