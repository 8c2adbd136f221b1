"""TensorBoard: logs, weights and the graph in files that TensorBoard draws."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kcore import backend, tree
from kcore.callbacks.base import Callback
from kcore.callbacks.monitor import make_folder, patience_of, warn
from kcore.errors import ConfigurationError
from kcore.typing import Config, Logs


class TensorBoard(Callback):
    """Writes event files into log_dir/train and log_dir/validation.

    Tags are those of Keras: "epoch_loss" by epoch, "batch_loss" by step, "layer/kernel" for
    histograms and images of weights.

    Args:
        log_dir: folder of the files; made if it does not exist.
        histogram_freq: epochs between histograms of the weights; 0: none.
        write_graph: whether the model's graph is written.
        write_images: whether weights are written as images too, with the histograms.
        write_steps_per_second: whether the speed of each epoch is written.
        update_freq: "epoch"; "batch" or 1: each batch; a number: about every so many batches.
        profile_batch: 0; profiling is TensorFlow's own `tf.profiler`.
        embeddings_freq: 0; not written.
        embeddings_metadata: None; not written.

    Raises:
        ConfigurationError: if an argument is out of range.
        SaveError: before the first step, if the folder cannot be made.

    Example:
        >>> TensorBoard("runs").update_freq
        'epoch'
    """

    def __init__(
        self,
        log_dir: Any = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: Any = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        super().__init__()
        if update_freq not in ("epoch", "batch") and (
            not isinstance(update_freq, int) or update_freq < 1
        ):
            raise ConfigurationError(
                "TensorBoard: update_freq must be 'epoch', 'batch' or a number of batches of at "
                f"least 1; received {update_freq!r}."
            )
        if profile_batch or embeddings_freq or embeddings_metadata is not None:
            warn(
                "TensorBoard",
                "profile_batch and embeddings are not written. Use tf.profiler for profiles.",
            )
        self.log_dir = Path(log_dir)
        self.histogram_freq = patience_of(histogram_freq, "TensorBoard", "histogram_freq")
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = update_freq
        if isinstance(update_freq, str):
            self.every_batches = 1 if update_freq == "batch" else None
        else:
            self.every_batches = update_freq
        self._writers: dict[str, Any] = {}
        self._step = self._epoch_step = 0
        self._begun = 0.0

    def _writer(self, name: str) -> Any:
        if name not in self._writers:
            self._writers[name] = backend.summary.EventWriter(self.log_dir / name)
        return self._writers[name]

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Makes the folder and writes the graph."""
        make_folder(self.log_dir, "TensorBoard")
        if self.write_graph:
            self._write_graph()

    def _write_graph(self) -> None:
        model = self.model
        if not model.built:
            return
        specs = [backend.compile.tensor_spec(t.shape, t.dtype) for t in tree.flatten(model.inputs)]
        form = model.inputs[0] if len(specs) == 1 else model.inputs

        def forward(*tensors: Any) -> Any:
            return model(tree.pack_like(form, list(tensors)), training=False)

        try:
            self._writer("train").graph(forward, specs)
        except Exception as error:
            warn("TensorBoard", f"the graph is not written: {type(error).__name__}: {error}")

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Starts the clock."""
        self._begun, self._epoch_step = time.perf_counter(), 0

    def on_resume(self, epoch: int, batch: int) -> None:
        """Starts the clock; the batches done are counted already."""
        self._begun, self._epoch_step = time.perf_counter(), batch

    def on_train_chunk_end(self, steps: int, logs: Callable[[], Logs]) -> None:
        """Writes the means so far, if asked for by batches."""
        self._step += steps - self._epoch_step
        self._epoch_step = steps
        if self.every_batches is not None and self._step % self.every_batches == 0:
            for name, value in logs().items():
                self._writer("train").scalar(f"batch_{name}", value, self._step)

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Writes the evaluation by the number of steps trained."""
        for name, value in (logs or {}).items():
            tag = f"evaluation_{name}_vs_iterations"
            self._writer("validation").scalar(tag, value, self._step)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Writes the epoch's logs, and the weights if it is their turn."""
        writer = self._writer("train")
        for name, value in {**(logs or {}), **self._rate()}.items():
            if name.startswith("val_"):
                self._writer("validation").scalar(f"epoch_{name[4:]}", float(value), epoch)
            else:
                writer.scalar(f"epoch_{name}", float(value), epoch)
        if self.write_steps_per_second:
            seconds = max(time.perf_counter() - self._begun, 1e-9)
            writer.scalar("epoch_steps_per_second", self._epoch_step / seconds, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for weight in self.model.weights:
                self._write_weight(writer, weight.path, weight.numpy(), epoch)
        for own in self._writers.values():
            own.flush()

    def _rate(self) -> Logs:
        optimizer = self.model.optimizer
        return {} if optimizer is None else {"learning_rate": optimizer.learning_rate}

    def _write_weight(self, writer: Any, tag: str, values: Any, epoch: int) -> None:
        writer.histogram(f"{tag}/histogram", values, epoch)
        matrix = np.squeeze(np.asarray(values, "float64"))
        if not self.write_images or matrix.ndim < 1 or not matrix.size:
            return
        matrix = matrix.reshape(1, -1) if matrix.ndim == 1 else matrix.reshape(-1, matrix.shape[-1])
        span = float(np.ptp(matrix)) or 1.0
        writer.image(f"{tag}/image", (matrix - matrix.min()) / span, epoch)

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Ends the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def state_dict(self) -> Config:
        """The steps so far."""
        return {"step": self._step}

    def load_state_dict(self, state: Config) -> None:
        """Takes back what `state_dict` gave."""
        self._step = int(state["step"])
