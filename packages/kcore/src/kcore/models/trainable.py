"""Trainable: the methods of a model that train it, each handed on to the model's trainer."""

from __future__ import annotations

from typing import Any

from kcore import config, tracking
from kcore.errors import ConfigurationError
from kcore.metrics import Metric
from kcore.saving import loading
from kcore.training import steps as training_steps
from kcore.training.history import History
from kcore.training.trainer import Trainer
from kcore.typing import Config, Tensor


class Trainable:
    """Gives a model compile, fit, evaluate, predict and their steps.

    Attributes:
        trainer: does the work.
        stop_training: set it in a callback to end training after the running chunk.
        history: of the last fit, None before.
    """

    trainer: Trainer
    stop_training: bool
    history: History | None

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        *wrong: Any,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int | str = "auto",
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
        distribute: Any = None,
        **kwargs: Any,
    ) -> None:
        """Says how to train.

        Args:
            optimizer: object or name, default "rmsprop".
            loss: object, name or function; lists and dicts of them for several outputs.
            loss_weights: factors of the losses of several outputs.
            metrics: list of objects, names or functions; lists and dicts of lists by output.
            weighted_metrics: the same, that take sample weights into account.
            run_eagerly: runs every step in Python, to look inside.
            steps_per_execution: most batches in one compiled call; "auto" measures.
            jit_compile: True compiles the steps with XLA.
            auto_scale_loss: whether a model of policy "mixed_float16" has its optimizer wrapped in
                a LossScaleOptimizer.
            distribute: several devices or processes that train together, as one would: "mirrored"
                (all devices of this process), "multi_worker" (the processes that TF_CONFIG names),
                the name of a plugin's, or a tf.distribute.Strategy. None takes that of a `with
                kcore.distribute(...)` block around, if any.

        Raises:
            ConfigurationError: if an argument is unknown; whatever a name's look-up raises.

        Example:
            >>> from kcore.models import Model
            >>> Model(name="m").compile("adam", loss="mse", metrics=["mae"])
        """
        if wrong:
            raise TypeError(
                "compile takes optimizer and loss by position only: the third place was metrics in "
                "Keras 2 and loss_weights in Keras 3. Write compile(..., metrics=...)."
            )
        if kwargs:
            raise ConfigurationError(f"compile does not take the argument(s) {', '.join(kwargs)}.")
        self.trainer.compile(
            auto_scale_loss,
            optimizer=optimizer,
            loss=loss,
            loss_weights=loss_weights,
            metrics=metrics,
            weighted_metrics=weighted_metrics,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
            jit_compile=jit_compile,
            distribute=distribute,
        )

    def get_compile_config(self) -> Config:
        """What compile was given, as plain data; empty before.

        Example:
            >>> from kcore.models import Model
            >>> Model(name="m").get_compile_config()
            {}
        """
        settings = self.trainer.settings
        if settings is None:
            return {}
        found = loading.compile_config(settings)
        return {"optimizer": found.pop("optimizer_config"), **found}

    def compile_from_config(self, config: Config) -> None:
        """Compiles as what `get_compile_config` gave says; the optimizer starts anew.

        Args:
            config: plain data, also that of Keras' method of this name.
        """
        if config:
            given = loading.known_compile_config(config, "compile_from_config")
            loading.compile_from(self, given, "compile_from_config")

    @property
    def compiled(self) -> bool:
        """Whether compile was called."""
        return self.trainer.settings is not None

    @property
    def optimizer(self) -> Any:
        """The optimizer, None before compile."""
        settings = self.trainer.settings
        return None if settings is None else settings.optimizer

    @property
    def loss(self) -> Any:
        """The loss given to compile."""
        settings = self.trainer.settings
        return None if settings is None else settings.loss

    @property
    def metrics(self) -> list[Metric]:
        """Every metric: of the losses, the compiled ones, and those the model holds."""
        return [metric for _, metric in self.trainer.metrics]

    @property
    def metrics_names(self) -> list[str]:
        """The keys of the metrics in logs."""
        return [name for name, _ in self.trainer.metrics]

    def own_metrics(self) -> list[Metric]:
        """The metrics in the attributes of the model, and of its layers but for models."""
        held: dict[int, Metric] = {}
        for layer in self.flatten_layers():  # type: ignore[attr-defined]  # a Layer's
            if layer is self or not isinstance(layer, Trainable):
                held.update((id(metric), metric) for metric in tracking.find(layer, Metric))
        return list(held.values())

    def get_metrics_result(self) -> dict[str, Any]:
        """The results of all metrics by name, for the logs of a step."""
        return self.trainer.results()

    def reset_metrics(self) -> None:
        """Forgets the state of every metric."""
        self.trainer.reset_metrics()

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        class_weight: dict[int, float] | None = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
        nan: str = "raise",
        resume: Any = None,
        **legacy: Any,
    ) -> History:
        """Trains.

        Args:
            x: arrays, lists or dicts of arrays, memory maps, frames, a Sequence, a generator or a
                tf.data.Dataset; the last three hold targets and weights themselves.
            y: targets.
            batch_size: samples in a step, 32 for arrays if None.
            epochs: number of the last epoch; `initial_epoch` of them are taken as done.
            verbose: 0 silent, 1 a live line, 2 a line an epoch; "auto" is 1, or 2 after
                `config.disable_interactive_logging()`.
            callbacks: list of Callback.
            validation_split: share of the tail of the arrays kept to validate on.
            validation_data: (x, y), (x, y, weights), or anything that x may be.
            shuffle: whether every epoch has an order of its own; "batch" keeps batches together.
            class_weight: weight of the samples of each class number.
            sample_weight: weight of each sample, or of each step (samples, steps).
            initial_epoch: number of the first epoch, from 0.
            steps_per_epoch: batches that make an epoch; needed for data that never end.
            validation_steps: batches of a validation.
            validation_batch_size: `batch_size` if None.
            validation_freq: validate after each so many epochs, or after the listed ones.
            nan: what to do about NaN and infinity. "raise" stops before the first step whose loss
                or gradients hold them, and says where they came from; it looks at the data first.
                "skip" leaves such steps out; "rollback" also takes weights and optimizer back to
                the start of the epoch and goes on with the next batch (Chowdhery et al., 2022);
                "ignore" does not look.
            resume: folder of checkpoints; an interrupted run of the same script goes on from the
                newest, exactly. See BackupAndRestore.
            **legacy: workers, use_multiprocessing and max_queue_size, as earlier Keras took them;
                they count before those of a Sequence.

        Returns:
            A History: `history.history["loss"]` is a list with a value for each epoch.

        Raises:
            NotCompiledError: before compile.
            DataError: if the data do not fit each other or the model.
            NonFiniteError: if data or loss hold NaN or infinity.
        """
        return self.trainer.fit(
            data_workers=_worker_settings(legacy),
            x=x,
            y=y,
            batch_size=batch_size,
            epochs=config.limited_epochs(epochs),
            verbose=verbose,
            callbacks=callbacks,
            validation_split=validation_split,
            validation_data=validation_data,
            shuffle=shuffle,
            class_weight=class_weight,
            sample_weight=sample_weight,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_batch_size=validation_batch_size,
            validation_freq=validation_freq,
            nan=nan,
            resume=resume,
        )

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        **legacy: Any,
    ) -> Any:
        """Loss and metrics on data; arguments as for `fit`.

        Returns:
            The loss; a list of loss and metrics if there are metrics; a dict with `return_dict`.
        """
        workers = _worker_settings(legacy)
        return self.trainer.evaluate(
            x, y, batch_size, verbose, sample_weight, steps, callbacks, return_dict, workers
        )

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
        **legacy: Any,
    ) -> Any:
        """Outputs for data, as numpy arrays in the form of the model's outputs; in order.

        Args:
            x: as for `fit`, without targets.
            batch_size: samples computed at once, 32 for arrays if None.
            verbose: accepted for compatibility; prediction prints nothing.
            steps: batches, for data that never end.
            callbacks: list of Callback.
        """
        workers = _worker_settings(legacy)
        return self.trainer.predict(x, batch_size, steps, callbacks, workers)

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: dict[int, float] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """One step on one batch; its loss and metrics, as `evaluate` gives them."""
        return self.trainer.on_batch("train", x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Loss and metrics on one batch, as `evaluate` gives them."""
        return self.trainer.on_batch("test", x, y, sample_weight, None, return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """Outputs for one batch, as numpy arrays."""
        return self.trainer.predict_on_batch(x)

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step of training; override it to change what a step does.

        Args:
            data: (x,), (x, y) or (x, y, weights) of tensors.

        Returns:
            Single numbers by name, for the logs.
        """
        training_steps.train_step(self, data)
        return self.trainer.results()

    def test_step(self, data: Any) -> dict[str, Any]:
        """One step of evaluation; override it to change what a step does."""
        training_steps.test_step(self, data)
        return self.trainer.results()

    def predict_step(self, data: Any) -> Any:
        """One step of prediction; override it to change what a step does."""
        return training_steps.predict_step(self, data)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """The loss of a batch; override it to change what is minimised."""
        return training_steps.compute_loss(self, y, y_pred, sample_weight)

    def compute_metrics(
        self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None
    ) -> dict[str, Any]:
        """Lets the compiled metrics take a batch into account."""
        training_steps.update_metrics(self, y, y_pred, sample_weight)
        return self.trainer.results()

    def overrides(self, method: str) -> bool:
        """Whether a subclass wrote this method of Model."""
        return getattr(type(self), method) is not getattr(Trainable, method)

    def own_step(self, mode: str) -> Any:
        """The step that a subclass wrote for "train" or "test", or None."""
        return getattr(self, f"{mode}_step") if self.overrides(f"{mode}_step") else None


def _worker_settings(legacy: dict[str, Any]) -> dict[str, Any]:
    """What earlier Keras let fit say about the workers of a Sequence; others are mistakes."""
    names = ("workers", "use_multiprocessing", "max_queue_size")
    unknown = [name for name in legacy if name not in names]
    if unknown:
        raise ConfigurationError(f"Unknown argument(s): {', '.join(unknown)}.")
    return legacy
