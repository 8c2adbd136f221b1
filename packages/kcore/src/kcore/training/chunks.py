"""How chunks reach the loop: filled by a background thread, their length chosen by measuring."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

from kcore.data import Chunk

# a compiled call lasts about this long, so that the progress bar and Ctrl-C stay alive
TARGET_SECONDS = 0.2
# longest wait for a batch before the main thread looks for Ctrl-C again
_POLL_SECONDS = 0.2
_MOST_STEPS = 4096


class Pace:
    """Chooses how many batches a chunk holds.

    Args:
        limit: most batches; 1 where a callback wants to see each.
        bytes_per_batch: memory of a batch, or 0 if not known.
        most_bytes: memory of a chunk.
        marks: a chunk never goes past a multiple of one of these numbers of batches, counted from
            the first batch of training.
    """

    def __init__(
        self,
        limit: int | None,
        bytes_per_batch: int,
        most_bytes: int,
        marks: Sequence[int] = (),
    ) -> None:
        fitting = max(1, most_bytes // bytes_per_batch) if bytes_per_batch else _MOST_STEPS
        self.limit = min(fitting, _MOST_STEPS, limit or _MOST_STEPS)
        self._marks = tuple(marks)
        self._given = 0
        self._steps = 1
        self._warm = False

    def want(self) -> int:
        """The number of batches for the next chunk."""
        return min([self._steps, *(mark - self._given % mark for mark in self._marks)])

    def go_on_from(self, batches: int) -> None:
        """Told how many batches were done before."""
        self._given = batches

    def counted(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """The chunks of a source that asks `want`, counted as they come."""
        for chunk in chunks:
            self._given += chunk.steps
            yield chunk

    def measured(self, steps: int, seconds: float) -> None:
        """Told how long a chunk took; the first call, which compiles, does not count."""
        if not self._warm:
            self._warm = True
            self._steps = min(4, self.limit)
            return
        fitting = int(TARGET_SECONDS / max(seconds / steps, 1e-6))
        self._steps = max(1, min(fitting, 8 * self._steps, self.limit))

    @contextlib.contextmanager
    def passing(self) -> Iterator[None]:
        """Surrounds each pass over the data."""
        yield


class SharedPace(Pace):
    """A pace that several processes keep together: what was measured is the same in all.

    The size of a chunk depends on the chunks up to the second before it, never on how far ahead the
    thread is that asks; so the next chunk is ready while one runs. Arguments are those of Pace.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._changed = threading.Condition()
        self._sizes: list[int] = []
        self._wanted = 0
        self._ended = True

    @contextlib.contextmanager
    def passing(self) -> Iterator[None]:
        """The first two chunks are of the size that was last chosen; whoever waits ends after."""
        with self._changed:
            self._sizes, self._wanted, self._ended = [self._steps] * 2, 0, False
        try:
            yield
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def want(self) -> int:
        """The number of batches for the next chunk; waits until all can know it."""
        with self._changed:
            index = self._wanted
            self._wanted += 1
            self._changed.wait_for(lambda: self._ended or index < len(self._sizes))
            steps = self._sizes[index] if index < len(self._sizes) else 1
        return min([steps, *(mark - self._given % mark for mark in self._marks)])

    def measured(self, steps: int, seconds: float) -> None:
        """Told how long a chunk took in all processes."""
        super().measured(steps, seconds)
        with self._changed:
            self._sizes.append(self._steps)
            self._changed.notify_all()


class Filler:
    """Pulls chunks in a background thread, at most one ahead.

    Args:
        chunks: the iterator to pull; runs in the thread.
        check: called with each chunk before it is handed out; raises if the data are unusable.
        stop: asked while a chunk is waited for, so that slow data do not delay the end.

    An exception of the iterator is raised, unchanged, where the chunk would have been handed out.

    Example:
        >>> with Filler(iter([1, 2])) as filled:
        ...     list(filled)
        [1, 2]
    """

    def __init__(
        self,
        chunks: Iterator[Any],
        check: Callable[[Chunk], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._asked = stop
        self._chunks = chunks
        self._check = check
        self._queue: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=1)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._fill, daemon=True, name="kcore-filler")

    def __enter__(self) -> Filler:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        while not self._queue.empty():
            self._queue.get_nowait()
        # a generator that hangs must not keep the main thread: the daemon dies with the process
        self._thread.join(timeout=5.0 if kind is None and not self._asked() else 0.5)

    def _fill(self) -> None:
        try:
            for chunk in self._chunks:
                if self._check is not None:
                    self._check(chunk)
                if not self._put(("chunk", chunk)):
                    return
            self._put(("end", None))
        except BaseException as error:
            self._put(("error", error))
        finally:
            # a generator left in the middle ends what it started
            getattr(self._chunks, "close", lambda: None)()

    def _put(self, item: tuple[str, Any]) -> bool:
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=_POLL_SECONDS)
                return True
            except queue.Full:
                continue
        return False

    def __iter__(self) -> Iterator[Any]:
        while True:
            try:
                kind, value = self._queue.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                if self._asked():
                    return
                continue
            if kind == "end":
                return
            if kind == "error":
                raise value
            yield value
