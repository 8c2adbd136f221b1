"""Configurations of earlier generations of Keras, brought to the names and meanings of today.

A file is read as its generation meant it: "hard_sigmoid" was clip(0.2 * x + 0.5, 0, 1) before
version 3, a GRU without `reset_after` had none, merged masks were joined by "and", `clipnorm` was
that of all gradients together before 2.4. Keras 1 had other names for nearly everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kcore.errors import LoadError
from kcore.typing import Config

_MERGING = ("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply")
_GATED = ("ConvLSTM2D", "GRU", "GRUCell", "LSTM", "LSTMCell")


def generation(version: Any) -> tuple[int, ...]:
    """The numbers in a version of Keras; (1,) where a file says none, as the oldest do.

    Example:
        >>> generation("2.2.4-tf"), generation(None)
        ((2, 2, 4), (1,))
    """
    if not isinstance(version, str):
        return (1,)
    parts = version.split("-")[0].split(".")
    return tuple(int(part) for part in parts if part.isdigit()) or (1,)


def upgrade(data: Any, version: Any, place: str) -> Any:
    """Plain data of a model or of what compile was given, as today's Keras would write them.

    Args:
        data: as the file holds them.
        version: `keras_version` of the file.
        place: for errors.

    Raises:
        LoadError: if they ask for something that nothing here does any more.
    """
    numbers = generation(version)
    if numbers >= (3,):
        return data
    return _upgraded(_without_slashes(data), numbers, str(version), place)


def _without_slashes(data: Any) -> Any:
    """Names of layers as they may be today; Keras 2 allowed "conv1/bn"."""
    changed: dict[str, str] = {}

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            name = value["config"].get("name") if isinstance(value.get("config"), dict) else None
            if isinstance(name, str) and "/" in name and "class_name" in value:
                changed[name] = name.replace("/", "_")
            value = list(value.values())
        if isinstance(value, list):
            for item in value:
                collect(item)

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: renamed(item) for key, item in value.items()}
        if isinstance(value, list):
            return [renamed(item) for item in value]
        return changed.get(value, value) if isinstance(value, str) else value

    collect(data)
    return renamed(data) if changed else data


def _upgraded(data: Any, numbers: tuple[int, ...], version: str, place: str) -> Any:
    if isinstance(data, list):
        return [_upgraded(item, numbers, version, place) for item in data]
    if not isinstance(data, dict):
        return data
    found = {k: _upgraded(v, numbers, version, place) for k, v in data.items()}
    name, config = found.get("class_name"), found.get("config")
    if name == "Sequential" and isinstance(config, list):
        found["config"] = config = {"layers": config}
    if numbers < (2,):
        found = _regularizer_or_constraint(found)
    if isinstance(name, str) and isinstance(config, dict):
        if numbers < (2,):
            name, config = _from_keras1(name, dict(config), place)
        found["config"] = _from_keras2(name, dict(config), numbers, version, place)
        found["class_name"] = _NEW_NAMES.get(name, name)
    return found


# Keras 2


_NEW_NAMES = {"LossScaleOptimizerV3": "LossScaleOptimizer"}


def _from_keras2(
    name: str, config: Config, numbers: tuple[int, ...], version: str, place: str
) -> Config:
    if "fn" in config and "reduction" in config:  # a loss names the function that it is
        del config["fn"]
    if name in _NEW_NAMES and config.pop("dynamic", True) is not True:
        raise LoadError(
            f"{place}: {name} with dynamic=False keeps one scale for ever. Load with "
            "compile=False, and compile with an optimizer that has loss_scale_factor="
            f"{config.get('initial_scale')!r}."
        )
    if name in _GATED:
        config.setdefault("recurrent_activation", "hard_sigmoid")
    if name in ("GRU", "GRUCell"):
        config.setdefault("reset_after", False)
    if name in _MERGING:
        config.setdefault("mask_reduction", "all")
    if config.get("clipnorm") is not None and numbers < (2, 4) and "-tf" not in version:
        config["global_clipnorm"] = config.pop("clipnorm")
    for key in ("activation", "recurrent_activation"):
        if config.get(key) == "hard_sigmoid":
            config[key] = "hard_sigmoid_keras2"
    return config


# Keras 1: new names by old ones

_KERNEL = {
    "init": "kernel_initializer",
    "bias": "use_bias",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
}
_IMAGES = {"dim_ordering": "data_format", "border_mode": "padding", "subsample": "strides"}
_CONVOLUTION = {**_KERNEL, **_IMAGES, "nb_filter": "filters", "atrous_rate": "dilation_rate"}
_SEQUENCE = {"filter_length": "kernel_size", "subsample_length": "strides"}
_RECURRENT = {
    **_KERNEL,
    "output_dim": "units",
    "inner_init": "recurrent_initializer",
    "inner_activation": "recurrent_activation",
    "U_regularizer": "recurrent_regularizer",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
}
_POOLING_1D = {"pool_length": "pool_size", "stride": "strides", "border_mode": "padding"}
_SCALES = {
    "gamma_init": "gamma_initializer",
    "beta_init": "beta_initializer",
}
_EMBEDDING = {
    "init": "embeddings_initializer",
    "W_regularizer": "embeddings_regularizer",
    "W_constraint": "embeddings_constraint",
}

_RENAMED: dict[str, tuple[str, dict[str, str]]] = {
    "Dense": ("Dense", {**_KERNEL, "output_dim": "units"}),
    "TimeDistributedDense": ("Dense", {**_KERNEL, "output_dim": "units"}),
    "Convolution1D": ("Conv1D", {**_CONVOLUTION, **_SEQUENCE}),
    "AtrousConvolution1D": ("Conv1D", {**_CONVOLUTION, **_SEQUENCE}),
    "Convolution2D": ("Conv2D", _CONVOLUTION),
    "AtrousConvolution2D": ("Conv2D", _CONVOLUTION),
    "Deconvolution2D": ("Conv2DTranspose", _CONVOLUTION),
    "SeparableConvolution2D": ("SeparableConv2D", _CONVOLUTION),
    "Convolution3D": ("Conv3D", _CONVOLUTION),
    "SimpleRNN": ("SimpleRNN", _RECURRENT),
    "GRU": ("GRU", _RECURRENT),
    "LSTM": ("LSTM", _RECURRENT),
    "Embedding": ("Embedding", _EMBEDDING),
    "BatchNormalization": ("BatchNormalization", _SCALES),
    "PReLU": ("PReLU", {"init": "alpha_initializer"}),
    "Dropout": ("Dropout", {"p": "rate"}),
    "GaussianDropout": ("GaussianDropout", {"p": "rate"}),
    "GaussianNoise": ("GaussianNoise", {"sigma": "stddev"}),
    "MaxPooling1D": ("MaxPooling1D", _POOLING_1D),
    "AveragePooling1D": ("AveragePooling1D", _POOLING_1D),
    "UpSampling1D": ("UpSampling1D", {"length": "size"}),
}
for _kind in ("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"):
    _RENAMED[_kind] = (_kind, {"p": "rate", **_IMAGES})
for _kind in ("MaxPooling", "AveragePooling", "GlobalMaxPooling", "GlobalAveragePooling"):
    for _axes in ("2D", "3D"):
        _RENAMED[_kind + _axes] = (_kind + _axes, _IMAGES)
for _kind in ("ZeroPadding", "UpSampling", "Cropping"):
    for _axes in ("2D", "3D"):
        _RENAMED[_kind + _axes] = (_kind + _axes, _IMAGES)
_RENAMED["Flatten"] = ("Flatten", {})

_SIZES = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
_MERGES = {
    "sum": "Add",
    "mul": "Multiply",
    "ave": "Average",
    "max": "Maximum",
    "concat": "Concatenate",
    "dot": "Dot",
    "cos": "Dot",
}
# what changes nothing here, or only said how to compute the same
_DROPPED = ("consume_less", "input_dtype", "W_learning_rate", "b_learning_rate")
_VALUES: dict[str, dict[Any, Any]] = {
    "data_format": {"th": "channels_first", "tf": "channels_last", "default": None},
}


def _from_keras1(name: str, config: Config, place: str) -> tuple[str, Config]:
    if name == "Merge":
        return _merge(config, place)
    special = _SPECIAL.get(name)
    if special is not None:
        config = special(config, name, place)
    new, names = _RENAMED.get(name, (name, {}))
    for sizes in _SIZES:
        if all(size in config for size in sizes):
            config["kernel_size"] = [config.pop(size) for size in sizes]
    changed: Config = {}
    for key, value in config.items():
        if key not in _DROPPED:
            key = names.get(key, key)
            known = _VALUES.get(key, {})
            changed[key] = known.get(value, value) if isinstance(value, str) else value
    return new, changed


def _recurrent(config: Config, name: str, place: str) -> Config:
    first = config.pop("forget_bias_init", None)
    if name == "LSTM" and first is not None:
        config["unit_forget_bias"] = first in ("one", "ones")
    return _without_input_size(config, name, place)


def _without_input_size(config: Config, name: str, place: str) -> Config:
    """Keras 1 repeats the input's size in every layer; only the first layer's counts."""
    return {k: v for k, v in config.items() if k not in ("input_dim", "input_length")}


def _batch_normalization(config: Config, name: str, place: str) -> Config:
    mode = config.pop("mode", 0)
    if mode not in (0, 2):
        raise LoadError(
            f"{place}: BatchNormalization with mode={mode!r} of Keras 1 normalises each sample by "
            "itself, which no layer of today does. Rebuild the model with LayerNormalization."
        )
    return config


def _embedding(config: Config, name: str, place: str) -> Config:
    config.pop("dropout", None)  # acted in training only
    return config


_SPECIAL: dict[str, Callable[[Config, str, str], Config]] = {
    "BatchNormalization": _batch_normalization,
    "Convolution1D": _without_input_size,
    "Dense": _without_input_size,
    "Embedding": _embedding,
    "GRU": _recurrent,
    "LSTM": _recurrent,
    "SimpleRNN": _recurrent,
    "TimeDistributedDense": _without_input_size,
}


def _merge(config: Config, place: str) -> tuple[str, Config]:
    mode = config.get("mode")
    if mode not in _MERGES or config.get("layers"):
        raise LoadError(
            f"{place}: a Merge layer of Keras 1 with mode {mode!r}"
            f"{' over layers of its own' if config.get('layers') else ''} has no successor here."
        )
    kept: Config = {"name": config.get("name")}
    if mode == "concat":
        kept["axis"] = config.get("concat_axis", -1)
    if mode in ("dot", "cos"):
        kept |= {"axes": config.get("dot_axes", -1), "normalize": mode == "cos"}
    return _MERGES[mode], kept


def _regularizer_or_constraint(data: Config) -> Config:
    """Keras 1 wrote a regularizer or constraint as its name among its arguments."""
    name = data.get("name")
    if "class_name" in data or not isinstance(name, str):
        return data
    if set(data) <= {"name", "l1", "l2"} and ("l1" in data or "l2" in data):
        return {"class_name": "L1L2", "config": {k: data.get(k) or 0.0 for k in ("l1", "l2")}}
    if name in ("MaxNorm", "UnitNorm", "NonNeg"):
        rest = {("max_value" if k == "m" else k): v for k, v in data.items() if k != "name"}
        return {"class_name": name, "config": rest}
    return data
