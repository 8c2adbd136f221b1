"""Trainer: what a model needs to train, and the work behind compile, fit, evaluate and predict.

A model has a trainer; it is not one. The trainer knows the model weakly.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kcore import backend, config, optimizers, random, tree
from kcore.callbacks.backup_and_restore import BackupAndRestore
from kcore.callbacks.base import CallbackList, as_list
from kcore.config import floatx
from kcore.data import Chunk, Options, Source, as_source
from kcore.data.adapter import closing, split_tail
from kcore.data.arrays import ArraySource, standardize
from kcore.data.chunk import to_array
from kcore.errors import DataError, NotCompiledError
from kcore.graph.node import not_recording
from kcore.metrics import Metric
from kcore.plugins.catalogue import catalogue
from kcore.training import checks, distribution, loop, replicas, workers
from kcore.training.execution import Compiled
from kcore.training.fingerprint import fingerprint
from kcore.training.guard import Guard
from kcore.training.history import History
from kcore.training.interruption import Interruption
from kcore.training.nonfinite import NonFiniteWatch, watch_for
from kcore.training.progress import ProgbarLogger
from kcore.training.resuming import Recorder, recorder_for
from kcore.training.settings import Objective, Settings
from kcore.variable import Variable

_VALIDATION_NAMES = ("validation x", "validation y", "validation sample_weight")


class Trainer:
    """Everything a model needs to train.

    Args:
        model: the model; kept weakly.

    Attributes:
        settings: what compile was given, None before.
        objective: losses and metrics by output, None before the first batch.
        distribute: what compile takes where it is given none.
    """

    def __init__(self, model: Any) -> None:
        self._model = weakref.ref(model)
        self.settings: Settings | None = None
        self.objective: Objective | None = None
        self.compiled = Compiled(model)
        self.history: History | None = None
        self.distribute: Any = None
        self.guard = Guard()
        self._pending: list[Any] = []

    @property
    def model(self) -> Any:
        """The model."""
        return self._model()

    # compile

    def compile(self, auto_scale_loss: bool, **arguments: Any) -> None:
        """Takes the arguments of compile; see `Model.compile`."""
        optimizer = optimizers.get(arguments["optimizer"])
        scales = isinstance(optimizer, optimizers.LossScaleOptimizer)
        if auto_scale_loss and not scales and self.model.dtype_policy.name == "mixed_float16":
            optimizer = optimizers.LossScaleOptimizer(optimizer)
        arguments["optimizer"] = optimizer
        devices = distribution.settle(self, arguments.pop("distribute", None))
        self.settings = Settings(**arguments, distribution=devices)
        replicas.check(self.settings)
        self.objective = None
        self.compiled.clear()

    @property
    def devices(self) -> Any:
        """The devices that train together, None for one."""
        return None if self.settings is None else self.settings.distribution

    def need_settings(self, caller: str) -> Settings:
        """The settings.

        Raises:
            NotCompiledError: before compile.
        """
        if self.settings is None:
            raise NotCompiledError(
                f"{caller} needs a compiled model: call model.compile(optimizer=..., loss=...) on "
                f"{self.model.name!r} first."
            )
        return self.settings

    # losses and metrics

    def objective_for(self, y: Any, y_pred: Any) -> Objective:
        """Losses and metrics for outputs and targets of this form."""
        if self.objective is None:
            self.objective = self._make_objective(y, y_pred)
        return self.objective

    def _make_objective(self, y: Any, y_pred: Any) -> Objective:
        settings = self.need_settings("Training")
        outputs = tree.flatten(y_pred)
        names = self.model.output_names_for(y_pred)
        targets: Sequence[Any] = [None] * len(names)
        if isinstance(y, dict):
            targets = [y.get(name) for name in names]
        elif y is not None and len(tree.flatten(y)) == len(names):
            targets = tree.flatten(y)
        return Objective(
            settings,
            names,
            [None if t is None else tuple(t.shape) for t in targets],
            [tuple(o.shape) for o in outputs],
        )

    @property
    def pending(self) -> list[Any]:
        """Losses by output of the step being computed, waiting to be recorded."""
        return self._pending

    @pending.setter
    def pending(self, records: list[Any]) -> None:
        self._pending = records

    def take_pending(self) -> list[Any]:
        """The waiting losses; they wait no longer."""
        records, self._pending = self._pending, []
        return records

    @property
    def metrics(self) -> list[tuple[str, Metric]]:
        """Every metric with its key in logs: the compiled ones and those the model holds."""
        compiled = [] if self.objective is None else self.objective.all_metrics
        known = {id(metric) for _, metric in compiled}
        own = [(m.name, m) for m in self.model.own_metrics() if id(m) not in known]
        return [*compiled, *own]

    def results(self) -> dict[str, Any]:
        """The value of every metric."""
        found: dict[str, Any] = {}
        for name, metric in self.metrics:
            found.update(metric.logs(name))
        return found

    def state_for(self, mode: str) -> list[Variable]:
        """Every variable that a step of "train", "test" or "predict" reads or writes."""
        model = self.model
        seeds = [s.state for s in model.seed_generators]
        state = [*model.weights, *seeds, *model.all_carried_variables]
        if mode != "predict":
            state += [v for _, metric in self.metrics for v in metric.variables]
        if mode == "train" and self.settings is not None:
            self.settings.optimizer.build(model.trainable_weights)
            state += self.settings.optimizer.variables
        return state

    def changed_by_forward(self) -> list[Variable]:
        """Every variable that a forward pass may change: means, seeds, carried states, metrics."""
        metrics = [v for metric in self.model.own_metrics() for v in metric.variables]
        found = {id(v): v for v in [*self.state_for("predict"), *metrics] if not v.trainable}
        return list(found.values())

    def suspects(self) -> list[Variable]:
        """What is not finite behind a step that was not: weights, optimizer, mean loss."""
        own = [] if self.objective is None else self.objective.total.variables
        optimizer = self.need_settings("fit").optimizer
        return [*self.model.trainable_weights, *optimizer.variables, *own]

    def reset_metrics(self) -> None:
        """Forgets the state of every metric."""
        for _, metric in self.metrics:
            metric.reset_state()

    # before the first step

    def prepare(self, data: Any, needs_loss: bool = True) -> Sequence[Any]:
        """Builds the model for data of this form, and lets every part look at them.

        Args:
            data: (x,), (x, y) or (x, y, weights) of arrays, some samples or all.
            needs_loss: whether losses and metrics are wanted.

        Returns:
            The symbolic outputs whose targets the losses looked at; none if they did not.
        """
        model = self.model
        model.check_input_data(data[0])
        symbols = checks.symbols_for(data[0])
        with not_recording():
            outputs = model(symbols)
        if not needs_loss or self.settings is None:
            return ()
        y = data[1] if len(data) > 1 else None
        if self.objective is None:
            self.objective = self._make_objective(y, outputs)
        if y is None or model.overrides("compute_loss"):
            return ()
        flat = tree.flatten(outputs)
        checks.check_targets(self.objective, y, flat)
        return flat

    def _prepare_source(self, source: Source, nan: str, names: Sequence[str]) -> Any:
        """Looks at what can be seen before the first step; gives the check for each chunk."""
        whole = False
        outputs: Sequence[Any] = ()
        if isinstance(source, ArraySource):
            in_memory = checks.are_in_memory(source.parts[1:])
            outputs = self.prepare(source.parts if in_memory else source.first_batch())
            outputs = () if in_memory else outputs
            whole = nan != "raise" or checks.check_finite_arrays(source.parts, names)
        seen = isinstance(source, ArraySource)

        take_seeds = random.hand_over()  # the check runs in the thread that fills the chunks

        def check(chunk: Chunk) -> None:
            nonlocal seen, outputs
            if not seen:
                take_seeds()
                outputs = self.prepare(chunk.data)
                seen = True
            elif outputs and len(chunk.data) > 1:
                checks.check_targets(self.objective_for(None, None), chunk.data[1], outputs)
            if nan == "raise" and not whole:
                checks.check_finite_chunk(chunk)

        return check

    # fit, evaluate, predict

    def fit(
        self,
        x: Any,
        y: Any,
        batch_size: int | None,
        epochs: int,
        verbose: Any,
        callbacks: Any,
        validation_split: float,
        validation_data: Any,
        shuffle: Any,
        class_weight: dict[int, float] | None,
        sample_weight: Any,
        initial_epoch: int,
        steps_per_epoch: int | None,
        validation_steps: int | None,
        validation_batch_size: int | None,
        validation_freq: Any,
        nan: str,
        resume: Any,
        data_workers: dict[str, Any],
    ) -> History:
        """The work of `Model.fit`."""
        settings = self.need_settings("fit")
        team = workers.team_of(self)
        workers.refuse_small(settings.distribution, batch_size)
        checks.check_counts(epochs, steps_per_epoch, validation_steps, nan)
        if validation_split and validation_data is None:
            (x, y, sample_weight), validation_data = split_tail(
                x, y, sample_weight, validation_split
            )
        seed = random.next_seed() if team is None else team.from_chief(random.next_seed())
        options = Options(batch_size, shuffle, seed, class_weight, steps_per_epoch)
        options.epochs, options.workers = max(1, epochs - initial_epoch), data_workers
        source = as_source(x, y, sample_weight, options)
        steps = source.steps if steps_per_epoch is None else steps_per_epoch
        check = self._prepare_source(source, nan, options.names)
        validation_source = self._validation_source(
            validation_data, validation_batch_size or batch_size, validation_steps
        )
        history = History()
        verbose = config.chosen_verbosity(verbose)
        extra = workers.own_callbacks(settings.distribution, verbose)
        extra += [ProgbarLogger(verbose)] if verbose else []
        if resume is not None:
            extra.append(BackupAndRestore(resume, delete_checkpoint=False))
        watch = watch_for(self, nan, source, as_list(callbacks))
        extra += [] if watch is None else [watch]
        found = [*as_list(callbacks), *_plugin_callbacks(self.model), *extra, history]
        params = {"verbose": verbose, "epochs": epochs, "steps": steps, "mode": "train"}
        every = workers.callback_list(team, found, self.model, params)
        self.model.stop_training = False
        self.model.history = self.history = history
        job = loop.Pass(
            "train",
            lambda chunk: self.compiled.run("train", chunk),
            source,
            every,
            limit=settings.most_steps,
            steps=steps_per_epoch,
            check=check,
            watch=watch,
            agree=None if team is None else team.agree,
        )
        validation = None
        if validation_source is not None:
            test = loop.Pass(
                "test",
                lambda chunk: self.compiled.run("test", chunk),
                validation_source,
                every,
                steps=validation_steps,
                agree=job.agree,
            )
            validation = loop.Validation(test, validation_freq)
        history.fingerprint = fingerprint(
            self, source, seed, epochs=epochs, batch_size=batch_size, shuffle=str(shuffle), nan=nan
        )
        recorder = recorder_for(self, every, source, team)
        sources = [source] if validation_source is None else [source, validation_source]
        exchanges, guarded = workers.explained(settings.distribution), self._guarded
        with exchanges, guarded(watch, job.pace.limit), closing(sources), Interruption() as stop:
            if team is not None:
                team.start(history.fingerprint, stop)
            training = loop.Training(
                self.model,
                job,
                every,
                range(initial_epoch, epochs),
                self.reset_metrics,
                validation,
                interrupted=stop if team is None else team.is_stopped,
                finish=lambda: settings.optimizer.finalize_variable_values(
                    self.model.trainable_weights
                ),
            )
            if recorder is None:
                training.run()
            else:
                self._run_recorded(training, recorder)
        history.stopped_by = stop.by
        return history

    @contextlib.contextmanager
    def _guarded(self, watch: NonFiniteWatch | None, most_steps: int) -> Iterator[None]:
        """Has the guard hold steps back while a block runs; a chunk has at most so many."""
        if watch is not None and self.model.own_step("train") is None:
            self.guard.begin(most_steps)
        try:
            yield
        finally:
            self.guard.end()

    def _run_recorded(self, training: loop.Training, recorder: Recorder) -> None:
        """Trains from where an earlier run was interrupted, and leaves the way to go on."""
        job = training.job
        if not isinstance(job.source, ArraySource):
            self.prepare(next(job.source.chunks(0, lambda: 1)).data)
        training.recorder, training.start = recorder, recorder.find()
        job.done, job.now = recorder.after_chunk, self.compiled.results
        training.run()
        if not training.interrupted():
            recorder.finish()

    def _validation_source(
        self, data: Any, batch_size: int | None, steps: int | None
    ) -> Source | None:
        if data is None:
            return None
        parts = data if isinstance(data, tuple) else (data,)
        if isinstance(data, list) and len(data) in (2, 3):
            parts = tuple(data)
        x, y, weights = (*parts, None, None, None)[:3]
        is_stream = y is None and weights is None and not hasattr(x, "shape")
        size = None if is_stream else batch_size
        options = Options(size, steps=steps, same=True, names=_VALIDATION_NAMES)
        source = as_source(x, y, weights, options)
        if isinstance(source, ArraySource):
            in_memory = checks.are_in_memory(source.parts[1:])
            self.prepare(source.parts if in_memory else source.first_batch())
        return source

    def evaluate(
        self,
        x: Any,
        y: Any,
        batch_size: int | None,
        verbose: Any,
        sample_weight: Any,
        steps: int | None,
        callbacks: Any,
        return_dict: bool,
        data_workers: dict[str, Any],
    ) -> Any:
        """The work of `Model.evaluate`."""
        self.need_settings("evaluate")
        options = Options(batch_size, steps=steps, workers=data_workers)
        source = as_source(x, y, sample_weight, options)
        check = self._prepare_source(source, "ignore", ("x", "y", "sample_weight"))
        verbose = config.chosen_verbosity(verbose)
        found = [*as_list(callbacks), *([ProgbarLogger(verbose)] if verbose else [])]
        params = {"verbose": verbose, "epochs": 1, "steps": source.steps, "mode": "test"}
        team = workers.team_of(self)
        every = workers.callback_list(team, found, self.model, params)
        job = loop.Pass(
            "test",
            lambda chunk: self.compiled.run("test", chunk),
            source,
            every,
            steps=steps,
            check=check,
            agree=None if team is None else team.agree,
        )
        self.reset_metrics()
        with workers.explained(self.devices), closing([source]):
            every.call("on_test_begin", {})
            logs = loop.run_pass(job, 0)
            every.call("on_test_end", logs)
        return logs if return_dict else _unwrap(list(logs.values()))

    def predict(
        self,
        x: Any,
        batch_size: int | None,
        steps: int | None,
        callbacks: Any,
        data_workers: dict[str, Any],
    ) -> Any:
        """The work of `Model.predict`."""
        if callbacks is None and steps is None and type(x) is np.ndarray:
            direct = self.compiled.direct(x)
            if direct is not None and 0 < len(x) <= (32 if batch_size is None else batch_size):
                return _as_numpy(direct(x))
        source = as_source(x, options=Options(batch_size, steps=steps, workers=data_workers))
        if isinstance(source, ArraySource):
            self.prepare(source.parts, needs_loss=False)
            if callbacks is None and source.steps == 1:
                whole = source.take(None, 0, source.rows)
                outputs = _as_numpy(self.compiled.predict(whole.data[:1]))
                if type(x) is np.ndarray:
                    self.compiled.remember_direct(x, whole.flat[0].dtype)
                return outputs
        with closing([source]):
            pieces = self._predict_batches(source, steps, as_list(callbacks))
        if not pieces:
            raise DataError("predict received no batches: the data are empty.")
        return tree.map_leaves(lambda *parts: np.concatenate(parts), *pieces)

    def _predict_batches(self, source: Source, steps: int | None, callbacks: list[Any]) -> Any:
        """The outputs of each batch."""
        params = {"verbose": 0, "epochs": 1, "steps": source.steps, "mode": "predict"}
        every = CallbackList(callbacks, self.model, params)
        every.call("on_predict_begin", {})
        pieces: list[Any] = []
        for chunk in source.chunks(0, lambda: 1):
            every.call("on_predict_batch_begin", len(pieces), {})
            pieces.append(_as_numpy(self.compiled.predict(chunk.data[:1])))
            every.call("on_predict_batch_end", len(pieces) - 1, {"outputs": pieces[-1]})
            if steps is not None and len(pieces) >= steps:
                break
        every.call("on_predict_end", {})
        return pieces

    def on_batch(
        self, mode: str, x: Any, y: Any, sample_weight: Any, class_weight: Any, return_dict: bool
    ) -> Any:
        """The work of `train_on_batch` and `test_on_batch`."""
        self.need_settings(f"{mode}_on_batch")
        if y is None and sample_weight is not None:
            raise DataError("sample_weight was given without y; weights belong to targets.")
        given = [(n, v) for n, v in (("x", x), ("y", y), ("sample_weight", sample_weight))]
        parts = tuple(standardize(v, n) for n, v in given if v is not None)
        source = ArraySource(parts, Options(2**31 - 1, class_weight=class_weight))
        chunk = source.take(None, 0, source.rows)
        if self.objective is None or not self.model.built:
            self.prepare(chunk.data)
        self.reset_metrics()
        logs = loop.numbers(self.compiled.run(mode, chunk))
        return logs if return_dict else _unwrap(list(logs.values()))

    def predict_on_batch(self, x: Any) -> Any:
        """The work of `Model.predict_on_batch`."""
        data = tree.map_leaves(lambda leaf: to_array(leaf, "x", floatx()), standardize(x, "x"))
        return _as_numpy(self.compiled.predict((data,)))


def _plugin_callbacks(model: Any) -> list[Any]:
    """Callbacks that plugins add to every fit."""
    answers = catalogue().host.call_hook("kcore_callbacks", model=model)
    return [callback for answer in answers for callback in as_list(answer)]


def _unwrap(values: list[float]) -> Any:
    return values[0] if len(values) == 1 else values


def _as_numpy(outputs: Any) -> Any:
    return tree.map_leaves(backend.tensor.to_numpy, outputs)
