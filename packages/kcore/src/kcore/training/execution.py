"""Step functions compiled over chunks, kept by the form of their data in bounded number."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from kcore import backend, shapes, tree
from kcore.data import Chunk
from kcore.errors import ConfigurationError
from kcore.training import steps
from kcore.training.graphs import GraphSizes
from kcore.training.replicas import Replicated
from kcore.typing import Shape
from kcore.variable import Variable

Results = dict[str, Any]

# compiled functions of one mode and model; the oldest goes first
_MOST_FUNCTIONS = 8
# calls from which on a function counts as called often
_OFTEN = 100


class Compiled:
    """Compiled step functions of one model.

    Args:
        model: kept weakly, so that a function never keeps a model alive.
    """

    def __init__(self, model: Any) -> None:
        self._model = weakref.ref(model)
        self._functions: dict[Any, Callable[..., Any]] = {}
        self._forms: dict[Any, list[Shape]] = {}
        self._layers: list[Any] | None = None
        self._changing: tuple[tuple[bool, ...], list[Variable]] | None = None
        self._direct: dict[Any, Callable[[Any], Any]] = {}
        self._sizes = GraphSizes(self)
        # whether this process computes alone, while the others of a distribution wait
        self.alone = False

    @property
    def model(self) -> Any:
        """The model; it lives as long as somebody trains it."""
        return self._model()

    def run(self, mode: str, chunk: Chunk) -> Results:
        """Runs the steps of "train" or "test" over a chunk; the logs as tensors."""
        settings = self.model.trainer.settings
        if settings is not None and settings.run_eagerly:
            return self._run_eagerly(mode, chunk)

        def run() -> Results:
            function = self._function(mode, chunk.data, chunk.flat)
            return function(chunk.ends, *chunk.flat)  # type: ignore[no-any-return]

        guard = self.model.trainer.guard
        # copies of a state on several devices would have to be kept by each
        if mode == "train" and guard.chunks_are_long and self.replicated() is None:
            state = self._state()
            if guard.can_go_back(state):
                return guard.run(run, state)  # type: ignore[no-any-return]
        return run()

    def predict(self, data: Any) -> Any:
        """The outputs for one batch, as tensors."""
        flat = tree.flatten(data)
        settings = self.model.trainer.settings
        if settings is not None and settings.run_eagerly:
            return self.model.predict_step(tree.map_leaves(backend.tensor.convert, data))
        return self._function("predict", data, flat)(*flat)

    def direct(self, x: Any) -> Callable[[Any], Any] | None:
        """The function that predicts for arrays like this one, once `predict` has made it.

        A service that predicts row by row pays one look-up beside the compiled call.
        """
        return self._direct.get((x.dtype, x.shape[1:]))

    def remember_direct(self, x: Any, dtype: Any) -> None:
        """Lets `direct` find the function for arrays like this one, computed on as `dtype`."""
        settings = self.model.trainer.settings
        if settings is not None and settings.run_eagerly:
            return
        sample = x[:0].astype(dtype, copy=False)
        function = self._function("predict", (sample,), [sample])
        often = _Often(function)
        same = x.dtype == dtype
        self._direct[x.dtype, x.shape[1:]] = (
            often if same else lambda array: often(array.astype(dtype))
        )

    def _run_eagerly(self, mode: str, chunk: Chunk) -> Results:
        step = _step(self.model, mode)
        logs: Results = {}
        guard = self.model.trainer.guard
        for index in range(chunk.steps):
            batch = tree.map_leaves(backend.tensor.convert, chunk.batch(index))
            guard.index = index
            logs = step(batch) or {}
            if guard.in_step and not guard.goes_on():
                break
        return {**self.model.trainer.results(), **logs}

    def _function(self, mode: str, data: Any, flat: list[Any]) -> Callable[..., Any]:
        form = tuple((leaf.dtype, leaf.ndim) for leaf in flat)
        structure = repr(tree.map_leaves(lambda _: 0, data))
        key = (mode, structure, form, self._trained(mode), self.alone)
        known = self._forms.get(key)
        given = [(None, *leaf.shape[1:]) for leaf in flat]
        if known is not None and all(map(_accepts, known, given)):
            return self._functions[key]
        # a size that changes becomes unknown: ragged lengths need two traces, not one a length
        merged = (
            given
            if known is None
            else [shapes.merge(a, b) for a, b in zip(known, given, strict=True)]
        )
        if known is None and len(self._functions) >= _MOST_FUNCTIONS:
            oldest = next(iter(self._functions))
            del self._functions[oldest], self._forms[oldest]
        self._forms[key] = merged
        self._direct.clear()
        self._changing = None  # a trace may make variables
        self._functions[key] = self._build(mode, data, merged, [leaf.dtype for leaf in flat])
        return self._functions[key]

    def _trained(self, mode: str) -> tuple[bool, ...]:
        """Which layers train: freezing one asks for another function. Prediction does not care."""
        if mode == "predict":
            return ()
        if self._layers is None:
            self._layers = self.model.flatten_layers()[1:]  # without the model itself
        guard = self.model.trainer.guard
        guarded = (guard.on, guard.in_step) if mode == "train" else (False, False)
        return (*guarded, self.model.trainable, *(layer.trainable for layer in self._layers))

    def _state(self) -> list[Variable]:
        """Everything that a step of training changes.

        Gathering it takes 10 ms in a deep network, so it is kept while the same layers train.
        """
        trained = self._trained("train")
        if self._changing is None or self._changing[0] != trained:
            self._changing = trained, self.model.trainer.state_for("train")
        return self._changing[1]

    def _build(
        self, mode: str, data: Any, forms: list[Shape], kinds: list[Any]
    ) -> Callable[..., Any]:
        specs = [backend.compile.tensor_spec(s, k.name) for s, k in zip(forms, kinds, strict=True)]
        settings = self.model.trainer.settings
        # a trace that makes variables would be traced a second time
        trainer = self.model.trainer
        variables = [*trainer.state_for(mode), *trainer.guard.variables]
        replicated = self.replicated()
        if replicated is None:
            for variable in variables:
                variable.storage  # noqa: B018 - reading it makes it
        else:
            replicated.place(variables)
        xla = settings is not None and settings.jit_compile is True
        if mode == "predict":
            return _compile_predict(self._model, data, specs, xla, self._sizes, replicated)
        return _compile_chunk(self._model, mode, data, specs, xla, self._sizes, replicated)

    def replicated(self) -> Replicated | None:
        """What runs steps on the devices of the distribution; None if there is none."""
        settings = self.model.trainer.settings
        if settings is None or settings.distribution is None or self.alone:
            return None
        return Replicated(settings.distribution, self._model)

    def results(self) -> Results:
        """The value of every metric, over all devices."""
        replicated, trainer = self.replicated(), self.model.trainer
        if replicated is None:
            return trainer.results()  # type: ignore[no-any-return]
        state = [v for _, metric in trainer.metrics for v in metric.variables]
        replicated.place(state)

        def compute() -> Results:
            return replicated.results(trainer.results, state)

        return backend.compile.compiled(compute)()  # type: ignore[no-any-return]

    def clear(self) -> None:
        """Forgets all functions."""
        self._functions.clear()
        self._forms.clear()
        self._direct.clear()
        self._layers = self._changing = None
        self._sizes.hand_in()


class _Often:
    """A compiled function of a service, which calls it again and again."""

    def __init__(self, function: Any) -> None:
        self._call = self._first = function
        self._calls = 0

    def __call__(self, array: Any) -> Any:
        self._calls += 1
        if self._calls == _OFTEN:
            self._call = self._first.as_operation() or self._first
        return self._call(array)


def _accepts(known: Shape, given: Shape) -> bool:
    return all(k is None or k == g for k, g in zip(known, given, strict=True))


def _step(model: Any, mode: str) -> Callable[[Any], Any]:
    """The model's own step where it has one, else ours."""
    own: Callable[[Any], Any] | None = model.own_step(mode)
    if own is not None:
        return own
    ours = steps.train_step if mode == "train" else steps.test_step
    return lambda batch: ours(model, batch)


def _compile_predict(
    model: Any,
    data: Any,
    specs: list[Any],
    xla: bool,
    sizes: GraphSizes,
    replicated: Replicated | None,
) -> Callable[..., Any]:
    def forward(*flat: Any) -> Any:
        step = model().predict_step
        if replicated is None:
            outputs = step(tree.pack_like(data, list(flat)))
        else:
            outputs = replicated.predict(step, data, list(flat))
        sizes.add(backend.compile.traced_operations())
        return outputs

    data = tree.map_leaves(lambda _: 0, data)
    return backend.compile.Concrete(forward, specs, xla)


def _compile_chunk(
    model: Any,
    mode: str,
    data: Any,
    specs: list[Any],
    xla: bool,
    sizes: GraphSizes,
    replicated: Replicated | None,
) -> Callable[..., Results]:
    """The steps over a chunk as one loop inside one compiled call."""
    data = tree.map_leaves(lambda _: 0, data)
    slots: dict[str, Variable] = {}

    def run(ends: Any, *flat: Any) -> Results:
        step = _step(model(), mode)
        guard = model().trainer.guard
        if xla:
            step = backend.compile.compiled(step, xla=True)

        def body(index: Any) -> None:
            start = backend.compile.element(ends, index)
            stop = backend.compile.element(ends, index + 1)
            guard.index = index
            if replicated is None:
                parts = [backend.compile.rows(leaf, start, stop) for leaf in flat]
                logs = step(tree.pack_like(data, parts))
            else:
                logs = replicated.step(step, data, list(flat), start, stop)
            for name, value in (logs or {}).items():
                _keep(slots, name, value)
            sizes.add(backend.compile.traced_operations())

        guarded = mode == "train" and guard.on
        going = guard.goes_on if guarded and guard.in_step else None
        backend.compile.repeat(backend.tensor.dynamic_shape(ends)[0] - 1, body, going)
        trainer = model().trainer
        if guarded and not guard.in_step:
            guard.look(trainer.suspects())
        own = {name: slot.value for name, slot in slots.items()}
        if replicated is None:
            return {**trainer.results(), **own}
        state = [v for _, metric in trainer.metrics for v in metric.variables]
        return {**replicated.results(trainer.results, state), **own}

    signature = [backend.compile.tensor_spec((None,), "int32"), *specs]
    return backend.compile.compiled(run, signature)


def _keep(slots: dict[str, Variable], name: str, value: Any) -> None:
    """A value that a step returns leaves the loop through a variable."""
    value = backend.tensor.convert(value, "float32")
    if backend.tensor.static_shape(value) != ():
        raise ConfigurationError(
            f"train_step and test_step return single numbers by name; {name!r} has shape "
            f"{backend.tensor.static_shape(value)}."
        )
    if name not in slots:
        slots[name] = Variable(0.0, trainable=False, name="log")
    slots[name].assign(value)
