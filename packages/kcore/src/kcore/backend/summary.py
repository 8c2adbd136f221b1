"""Event files that TensorBoard reads: records of protocol buffers."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import summary_pb2
from tensorflow.core.util import event_pb2

from kcore.typing import Tensor


class EventWriter:
    """Writes one event file.

    Args:
        folder: made if it does not exist.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns()}.{socket.gethostname()}.{os.getpid()}"
        self._writer = tf.io.TFRecordWriter(str(folder / name))
        self._write(event_pb2.Event(wall_time=time.time(), file_version="brain.Event:2"))

    def _write(self, event: Any) -> None:
        self._writer.write(event.SerializeToString())

    def _summary(self, step: int, **value: Any) -> None:
        summary = summary_pb2.Summary(value=[summary_pb2.Summary.Value(**value)])
        self._write(event_pb2.Event(wall_time=time.time(), step=step, summary=summary))

    def scalar(self, tag: str, value: float, step: int) -> None:
        """One number."""
        self._summary(step, tag=tag, simple_value=value)

    def histogram(self, tag: str, values: Any, step: int, bins: int = 30) -> None:
        """How the finite values of an array are spread."""
        flat = np.asarray(values, "float64").ravel()
        flat = flat[np.isfinite(flat)]
        if not flat.size:
            return
        counts, edges = np.histogram(flat, bins)
        histogram = summary_pb2.HistogramProto(
            min=flat.min(),
            max=flat.max(),
            num=flat.size,
            sum=flat.sum(),
            sum_squares=float(flat @ flat),
            bucket_limit=edges[1:],
            bucket=counts,
        )
        self._summary(step, tag=tag, histo=histogram)

    def image(self, tag: str, pixels: Any, step: int) -> None:
        """A grey picture, (height, width) of numbers from 0 to 1."""
        height, width = pixels.shape
        encoded = tf.io.encode_png(tf.cast(pixels[..., None] * 255.0, tf.uint8)).numpy()
        image = summary_pb2.Summary.Image(
            height=height, width=width, colorspace=1, encoded_image_string=encoded
        )
        self._summary(step, tag=tag, image=image)

    def graph(self, function: Callable[..., Tensor], specs: list[Any]) -> None:
        """The operations of a function."""
        traced = tf.function(function, autograph=False).get_concrete_function(*specs)
        definition = traced.graph.as_graph_def(add_shapes=True)
        self._write(
            event_pb2.Event(wall_time=time.time(), graph_def=definition.SerializeToString())
        )

    def flush(self) -> None:
        """Everything written so far reaches the file."""
        self._writer.flush()

    def close(self) -> None:
        """Ends the file."""
        self._writer.close()
