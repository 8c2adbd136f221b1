"""Workers that make the batches of a data set by number: threads, or processes of their own."""

from __future__ import annotations

import multiprocessing
import pickle
import queue
import signal
import threading
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing import connection
from typing import Any, Protocol

from kcore.errors import DataError

Outcome = tuple[Any, BaseException | None]


class Pool(Protocol):
    """Makes items by number, several at once."""

    def submit(self, ticket: int, index: int) -> None:
        """Asks for an item."""
        ...

    def next(self) -> tuple[int, Outcome]:
        """The ticket of an item that is done, and the item or the error; waits for it."""
        ...

    def renew(self, dataset: Any) -> None:
        """Takes a data set that has changed."""
        ...

    def close(self) -> None:
        """Ends the workers."""
        ...


class Ordered:
    """Hands out items in the order in which they are asked for, made by several workers ahead.

    Args:
        pool: of workers.
        ahead: most items that are made or wait.

    Example:
        >>> threads = Ordered(ThreadPool("abcd", 2), ahead=3)
        >>> list(threads.items([3, 0, 2]))
        ['d', 'a', 'c']
        >>> threads.pool.close()
    """

    def __init__(self, pool: Pool, ahead: int) -> None:
        self.pool = pool
        self.ahead = ahead
        self._tickets = 0

    def items(self, indices: Sequence[int]) -> Iterator[Any]:
        """The items with these numbers. Items left over from an earlier call are thrown away."""
        first = self._tickets
        done: dict[int, Outcome] = {}
        for ticket in range(first, first + len(indices)):
            while self._tickets < min(ticket + self.ahead, first + len(indices)):
                self.pool.submit(self._tickets, indices[self._tickets - first])
                self._tickets += 1
            while ticket not in done:
                number, outcome = self.pool.next()
                done |= {number: outcome} if number >= first else {}
            item, error = done.pop(ticket)
            if error is not None:
                raise error
            yield item


class ThreadPool:
    """Threads of this process; they share the data set.

    Args:
        dataset: has `__getitem__`, which several threads call at once.
        count: threads.
    """

    def __init__(self, dataset: Any, count: int) -> None:
        self._dataset = dataset
        self._tasks: queue.SimpleQueue[tuple[int, int] | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[int, Outcome]] = queue.SimpleQueue()
        # daemons: an item that hangs must not keep the process
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(count)]
        for thread in self._threads:
            thread.start()

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            ticket, index = task
            try:
                outcome: Outcome = (self._dataset[index], None)
            except BaseException as error:
                outcome = (None, error)
            self._done.put((ticket, outcome))

    def submit(self, ticket: int, index: int) -> None:
        self._tasks.put((ticket, index))

    def next(self) -> tuple[int, Outcome]:
        ticket, outcome = self._done.get()
        if ticket < 0:
            raise DataError("The workers were ended while an item was awaited.")
        return ticket, outcome

    def renew(self, dataset: Any) -> None:
        self._dataset = dataset

    def close(self) -> None:
        for _ in self._threads:
            self._tasks.put(None)
        self._done.put((-1, (None, None)))


class _Process:
    """One process, its end of the pipe, and the task it is at."""

    def __init__(self, context: Any, dataset: bytes) -> None:
        self.pipe, far = context.Pipe()
        self.process = context.Process(target=_serve, args=(far, dataset), daemon=True)
        self.process.start()
        far.close()
        self.task: tuple[int, int] | None = None


class ProcessPool:
    """Processes, started anew ("spawn"), each with a copy of the data set.

    Args:
        dataset: can be pickled.
        count: processes.

    Raises:
        DataError: if the data set cannot be pickled; from `next`, if a process dies.
    """

    def __init__(self, dataset: Any, count: int) -> None:
        self._name = type(dataset).__name__
        content = self._pickled(dataset)
        context = multiprocessing.get_context("spawn")
        self._waiting: deque[tuple[int, int]] = deque()
        self._workers = [_Process(context, content) for _ in range(count)]

    def _pickled(self, dataset: Any) -> bytes:
        try:
            return pickle.dumps(dataset)
        except Exception as error:
            raise DataError(
                f"{self._name} cannot be sent to worker processes: {error}. Define its class at "
                "the top of a module, and keep open files and locks out of its attributes; or use "
                "threads (use_multiprocessing=False)."
            ) from error

    def submit(self, ticket: int, index: int) -> None:
        self._waiting.append((ticket, index))
        self._hand_out()

    def _hand_out(self) -> None:
        for worker in self._workers:
            if worker.task is None and self._waiting:
                worker.task = self._waiting.popleft()
                try:
                    worker.pipe.send(worker.task)
                except OSError:
                    raise self._dead(worker) from None

    def next(self) -> tuple[int, Outcome]:
        busy = [worker for worker in self._workers if worker.task is not None]
        pipes = {worker.pipe: worker for worker in busy}
        sentinels = {worker.process.sentinel: worker for worker in busy}
        ready = connection.wait([*pipes, *sentinels])
        for pipe in [p for p in ready if p in pipes]:
            worker = pipes[pipe]
            try:
                ticket, item, error, text = pickle.loads(worker.pipe.recv_bytes())
            except (EOFError, OSError):
                raise self._dead(worker) from None
            index = worker.task[1] if worker.task else -1
            worker.task = None
            self._hand_out()
            if error is not None:
                error.__cause__ = DataError(f"Item {index} of {self._name} failed there:\n{text}")
            return ticket, (item, error)
        raise self._dead(sentinels[ready[0]])

    def _dead(self, worker: _Process) -> DataError:
        worker.process.join(1.0)
        index = worker.task[1] if worker.task else "?"
        return DataError(
            f"A worker process died while it made item {index} of {self._name} (process "
            f"{worker.process.pid}, exit code {worker.process.exitcode}; -9 is SIGKILL, often for "
            "lack of memory). Make that item without workers to see what it does, or use fewer "
            "workers."
        )

    def renew(self, dataset: Any) -> None:
        content = self._pickled(dataset)
        for worker in self._workers:
            worker.pipe.send(content)

    def close(self) -> None:
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(5.0)
            worker.pipe.close()


def _serve(pipe: Any, content: bytes) -> None:
    """The work of a process: an item for each task, a data set for bytes, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the main process' matter
    dataset = pickle.loads(content)
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        if isinstance(task, bytes):
            dataset = pickle.loads(task)
            continue
        ticket, index = task
        try:
            answer = pickle.dumps((ticket, dataset[index], None, ""), protocol=5)
        except BaseException as error:
            answer = _failure(ticket, error)
        pipe.send_bytes(answer)


def _failure(ticket: int, error: BaseException) -> bytes:
    """The error as the main process can have it, with its traceback as text."""
    text = traceback.format_exc()
    try:
        content = pickle.dumps((ticket, None, error, text))
        pickle.loads(content)  # some exceptions can be pickled and not be made again
        return content
    except Exception:
        return pickle.dumps((ticket, None, DataError(f"{type(error).__name__}: {error}"), text))
