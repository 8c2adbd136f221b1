"""Operations between layers, as Keras 3 and tf_keras write them, compute the same here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from tf_keras.src.engine.base_layer import TensorFlowOpLayer
from twins import numbers

import kcore
from kcore.errors import LoadError

X, Z, IMAGE = numbers(2, 6, 5), numbers(2, 6, 5, seed=3), numbers(2, 8, 8, 4, seed=5)

pytestmark = pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")

# functions of Keras and of kcore.ops; x and z are (batch, 6, 5), i is an image
OPERATIONS: list[Callable[..., Any]] = [
    lambda o, x, z, i: o.reshape(x, (-1, 30)),
    lambda o, x, z, i: o.concatenate([x, z], axis=1),
    lambda o, x, z, i: o.transpose(x, (0, 2, 1)),
    lambda o, x, z, i: o.mean(x, axis=(1, 2)),
    lambda o, x, z, i: o.sum(x, axis=-1, keepdims=True),
    lambda o, x, z, i: o.squeeze(o.expand_dims(x, 1), 1),
    lambda o, x, z, i: o.softmax(x, axis=1),
    lambda o, x, z, i: o.cast(x, "float16"),
    lambda o, x, z, i: o.stack([x, z], 1),
    lambda o, x, z, i: o.matmul(x, o.swapaxes(z, 1, 2)),
    lambda o, x, z, i: o.where(x > 0, x, o.zeros_like(z)),
    lambda o, x, z, i: o.clip(x, -0.5, 0.5),
    lambda o, x, z, i: o.pad(x, ((0, 0), (1, 1), (0, 0))),
    lambda o, x, z, i: o.pad(x, ((0, 0), (1, 1), (0, 0)), constant_values=2.0),
    lambda o, x, z, i: o.einsum("abc,adc->abd", x, z),
    lambda o, x, z, i: o.one_hot(o.argmax(x, -1), 5),
    lambda o, x, z, i: o.take(x, [0, 2], axis=1),
    lambda o, x, z, i: o.norm(x, axis=-1),
    lambda o, x, z, i: o.split(x, 3, axis=1)[1],
    lambda o, x, z, i: o.unstack(x, axis=1)[2],
    lambda o, x, z, i: o.logical_and(x > 0, o.less(x, 1)),
    lambda o, x, z, i: o.elu(o.gelu(x, approximate=False)),
    lambda o, x, z, i: o.leaky_relu(x, 0.3),
    lambda o, x, z, i: o.average(x, 1, weights=z),
    lambda o, x, z, i: o.max_pool(i, 2, padding="same"),
    lambda o, x, z, i: o.image.resize(i, (4, 5)),
    lambda o, x, z, i: o.top_k(x, 2)[0],
    lambda o, x, z, i: x[..., 0] + x[:, :, -1],
]

FUNCTIONS: list[Callable[..., Any]] = [
    lambda x, z, i: x[..., 0] - x[:, 1:, tf.newaxis, ::2][:, 0, 0, :1],
    lambda x, z, i: 1.0 - x,
    lambda x, z, i: x / z,
    lambda x, z, i: tf.concat([x, z], axis=1),
    lambda x, z, i: tf.reshape(x, [tf.shape(x)[0], 30]),
    lambda x, z, i: tf.reshape(x, tf.shape(z)),
    lambda x, z, i: tf.reduce_mean(x, [1, 2]),
    lambda x, z, i: tf.reduce_sum(x, axis=1, keepdims=True),
    lambda x, z, i: tf.squeeze(tf.expand_dims(x, 1), [1]),
    lambda x, z, i: tf.transpose(x, [0, 2, 1]),
    lambda x, z, i: tf.nn.relu6(x),
    lambda x, z, i: tf.nn.leaky_relu(x),
    lambda x, z, i: tf.stack([x, z], 1),
    lambda x, z, i: tf.split(x, 5, axis=-1)[1],
    lambda x, z, i: tf.split(x, [2, 3], axis=2)[1],
    lambda x, z, i: tf.unstack(x, axis=1)[1],
    lambda x, z, i: tf.cast(x, tf.float16),
    lambda x, z, i: tf.where(x > 0, x, z),
    lambda x, z, i: tf.matmul(x, z, transpose_b=True),
    lambda x, z, i: tf.image.resize(i, (4, 4)),
    lambda x, z, i: tf.image.resize(i, (3, 5), "nearest"),
    lambda x, z, i: tf.clip_by_value(x, 0.0, 1.0),
    lambda x, z, i: tf.pad(x, [[0, 0], [1, 1], [0, 0]], "REFLECT"),
    lambda x, z, i: tf.pad(x, [[0, 0], [1, 1], [0, 0]], constant_values=2),
    lambda x, z, i: tf.gather(x, [0, 2], axis=1),
    lambda x, z, i: tf.one_hot(tf.argmax(x, -1), 5),
    lambda x, z, i: tf.nn.l2_normalize(x, axis=-1),
    lambda x, z, i: tf.nn.depth_to_space(i, 2),
    lambda x, z, i: tf.nn.avg_pool2d(i, 2, 2, "SAME"),
    lambda x, z, i: tf.norm(x, axis=-1),
    lambda x, z, i: tf.math.squared_difference(x, z),
    lambda x, z, i: tf.add_n([x, z]),
    lambda x, z, i: tf.math.reduce_std(x, 1),
    lambda x, z, i: tf.reverse(x, [1]),
    lambda x, z, i: tf.tile(x, [1, 2, 1]),
    lambda x, z, i: tf.math.top_k(x, 2)[0],
    lambda x, z, i: tf_keras.activations.gelu(x),
    lambda x, z, i: tf_keras.backend.batch_flatten(x),
    lambda x, z, i: tf.image.rgb_to_grayscale(i[..., :3]),
    lambda x, z, i: tf.image.grayscale_to_rgb(i[..., :1]),
    lambda x, z, i: tf.image.hsv_to_rgb(tf.image.rgb_to_hsv(tf.sigmoid(i[..., :3]))),
    lambda x, z, i: tf.image.flip_up_down(i),
    lambda x, z, i: tf.image.rot90(i[:, :, 1:], k=3),
    lambda x, z, i: tf.image.transpose(i[:, 2:]),
    lambda x, z, i: tf.image.crop_to_bounding_box(i, 1, 2, 5, 4),
    lambda x, z, i: tf.image.pad_to_bounding_box(i, 1, 2, 9, 12),
    lambda x, z, i: tf.image.per_image_standardization(i),
    lambda x, z, i: tf.image.adjust_contrast(i, 2.0),
    lambda x, z, i: tf.image.adjust_brightness(i, 0.3),
    lambda x, z, i: tf.nn.conv2d(i, np.ones((3, 2, 4, 3), "float32"), [1, 2, 1, 1], "SAME"),
    lambda x, z, i: tf.nn.max_pool(i, (2, 2), (1, 2), "SAME"),
    lambda x, z, i: tf.nn.bias_add(i, np.arange(4, dtype="float32")),
    lambda x, z, i: tf.nn.crelu(x),
    lambda x, z, i: tf.slice(x, [0, 1, 2], [-1, 3, -1]),
    lambda x, z, i: tf.strided_slice(x, [0, 1, 0], [2, 6, 5], [1, 2, 3]),
    lambda x, z, i: tf.sort(x, axis=1),
    lambda x, z, i: tf.argsort(x),
    lambda x, z, i: tf.math.cumprod(x, axis=1),
    lambda x, z, i: tf.tensordot(x, np.ones((5, 2), "float32"), axes=[[2], [0]]),
    lambda x, z, i: tf.linalg.cross(x[..., :3], z[..., :3]),
    lambda x, z, i: tf.linalg.diag_part(x),
    lambda x, z, i: tf.linalg.matrix_transpose(x),
    lambda x, z, i: tf.math.reduce_euclidean_norm(x, axis=-1, keepdims=True),
    lambda x, z, i: tf.math.atan2(x, z),
    lambda x, z, i: tf.math.log_sigmoid(x),
    lambda x, z, i: tf.math.scalar_mul(2.0, x),
    lambda x, z, i: tf.clip_by_norm(x, 1.0, axes=[2]),
    lambda x, z, i: tf.ensure_shape(x, (None, 6, 5)),
    lambda x, z, i: x + tf.cast(tf.range(tf.shape(x)[2]), "float32"),
    lambda x, z, i: tf.reshape(x, [tf.shape(x)[0], -1]),
    lambda x, z, i: tf.reshape(x, [tf.shape(x)[0], -1, 3]),
]
# single operations of TensorFlow 2.0 to 2.3, of tensors in their order
SINGLE: list[tuple[Callable[..., Any], int]] = [
    (lambda x, z: x + z, 2),
    (lambda x: 1.0 - x, 1),
    (lambda x: x * np.arange(5, dtype="float32"), 1),
    (lambda x: x**2.0, 1),
    (lambda x: tf.maximum(x, 0.5), 1),
    (lambda x: tf.math.squared_difference(x, 2.0), 1),
    (lambda x: tf.where(tf.constant([True, False, True, False, True]), x, 0.0), 1),
    (lambda x: tf.nn.softmax(x), 1),
    (lambda x: tf.nn.leaky_relu(x, 0.3), 1),
    (lambda x: tf.nn.bias_add(x, np.arange(5, dtype="float32")), 1),
    (lambda x: tf.reduce_mean(x, 1, keepdims=True), 1),
    (lambda x: tf.reduce_sum(x, [1, -1]), 1),
    (lambda x, z: tf.matmul(x, z, transpose_b=True), 2),
    (lambda x: tf.reshape(x, (-1, 10, 3)), 1),
    (lambda x: tf.transpose(x, (0, 2, 1)), 1),
    (lambda x, z: tf.concat([x, z], -1), 2),
    (lambda x, z: tf.stack([x, z], 1), 2),
    (lambda x: tf.expand_dims(x, 2), 1),
    (lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 0]]), 1),
    (lambda x: tf.tile(x, [1, 2, 1]), 1),
    (lambda x: tf.cast(x, tf.float16), 1),
    (lambda x: x[:, 0], 1),
    (lambda x: x[:, 1:, ::2], 1),
    (lambda x: x[..., -1], 1),
    (lambda x: x[:, None, 1:3], 1),
]


def made(k: Any, compute: Callable[..., Any]) -> Any:
    inputs = [k.layers.Input(array.shape[1:]) for array in (X, Z, IMAGE)]
    return k.Model(inputs, compute(*inputs))


def of_kcore(compute: Callable[..., Any]) -> Any:
    return made(kcore, lambda *tensors: compute(kcore.ops, *tensors))


def of_keras(compute: Callable[..., Any]) -> Any:
    return made(keras, lambda *tensors: compute(keras.ops, *tensors))


def assert_same(one: Any, other: Any) -> None:
    found, expected = one([X, Z, IMAGE]), other([X, Z, IMAGE])
    found = found if isinstance(found, (list, tuple)) else [found]
    expected = expected if isinstance(expected, (list, tuple)) else [expected]
    for own, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.asarray(own), np.asarray(theirs), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("number", range(len(OPERATIONS)))
def test_operations_go_to_keras_and_back(number: int, tmp_path: Path) -> None:
    theirs, ours = of_keras(OPERATIONS[number]), of_kcore(OPERATIONS[number])
    theirs.save(tmp_path / "theirs.keras")
    assert_same(kcore.models.load_model(tmp_path / "theirs.keras"), theirs)
    for suffix in ("keras", "h5"):
        ours.save(tmp_path / f"ours.{suffix}")
        assert_same(keras.models.load_model(tmp_path / f"ours.{suffix}"), theirs)
        assert_same(kcore.models.load_model(tmp_path / f"ours.{suffix}"), ours)


@pytest.mark.parametrize("number", range(len(FUNCTIONS)))
def test_functions_of_tensorflow_are_read(number: int, tmp_path: Path) -> None:
    theirs = made(tf_keras, FUNCTIONS[number])
    theirs.save(str(tmp_path / "model.h5"))
    assert_same(kcore.models.load_model(tmp_path / "model.h5"), theirs)


def single(compute: Callable[..., Any], count: int) -> Any:
    """A model with a layer that tf_keras makes of one operation in a graph."""
    tensors = [tf_keras.layers.Input(array.shape[1:]) for array in (X, Z)]
    with tf.Graph().as_default():
        places = [tf.compat.v1.placeholder(t.dtype, t.shape) for t in tensors[:count]]
        operation = compute(*places).op
        values = {i: tf.get_static_value(v) for i, v in enumerate(operation.inputs)}
        node = operation.node_def.SerializeToString()
    constants = {place: value for place, value in values.items() if value is not None}
    layer = TensorFlowOpLayer(node, operation.name, constants=constants)
    return tf_keras.Model(tensors, layer(tensors if count > 1 else tensors[0]))


@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.parametrize("number", range(len(SINGLE)))
def test_single_operations_of_older_tensorflow(number: int, suffix: str, tmp_path: Path) -> None:
    theirs = single(*SINGLE[number])
    theirs.save(str(tmp_path / f"model.{suffix}"))
    ours = kcore.models.load_model(tmp_path / f"model.{suffix}")
    found, expected = np.asarray(ours([X, Z])), np.asarray(theirs([X, Z]))
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("node", "facts"),
    [
        ({"op": "ReadFile"}, "node_def: the operation 'ReadFile'"),
        ({"op": ["Add"]}, r"node_def: the operation \['Add'\]"),
        ("\n\x03add\x12\x05AddV2", "node_def: expected a dict.*TensorFlow 2.0"),
        ({"op": "Neg", "attr": 3}, "node_def: "),
        ({"op": "BiasAdd", "attr": {"data_format": {"s": "TkNIVw=="}}}, "BiasAdd: .*'NHWC'"),
        ({"op": "Cast", "attr": {"DstT": {"type": "DT_STRING"}}}, "DT_STRING"),
        ({"op": "Cast"}, "DstT"),
    ],
)
def test_single_operations_that_are_refused(node: Any, facts: str) -> None:
    config = json.loads(single(lambda x: tf.cast(x, tf.float16), 1).to_json())
    config["config"]["layers"][-1]["config"]["node_def"] = node
    with pytest.raises(LoadError, match=facts) as caught:
        kcore.models.model_from_json(json.dumps(config))
    assert "tf_op_layer_Cast" in str(caught.value) or "layers[2]" in str(caught.value)


def test_a_call_whose_tensors_tf_keras_left_out() -> None:
    text = made(tf_keras, lambda x, z, i: tf.einsum("bij,bkj->bik", x, z)).to_json()
    with pytest.raises(LoadError, match=r"tf\.einsum.*bij,bkj->bik.*load its weights"):
        kcore.models.model_from_json(text)


def test_long_ranges_take_no_memory() -> None:
    text = made(tf_keras, lambda x, z, i: x[0] + tf.cast(tf.range(tf.shape(x)[2]), "float32"))
    config = text.to_json().replace("6, 5]", "6, 2000000000]")
    with pytest.raises(LoadError, match=r"tf\.range: at most 1000000 numbers"):
        kcore.models.model_from_json(config)


def test_sizes_that_are_not_known_and_images_of_whole_numbers() -> None:
    for compute, facts in (
        (lambda x, z, i: tf.broadcast_to(x, [tf.shape(x)[0], 6, 5]), r"broadcast_to: shape=\[None"),
        (lambda x, z, i: tf.range(tf.shape(x)[0]), r"tf\.range: expected whole numbers.*None"),
        (
            lambda x, z, i: tf.image.adjust_brightness(tf.cast(i, "uint8"), 0.1),
            "expected an image of floats; received uint8",
        ),
    ):
        text = made(tf_keras, compute).to_json()
        with pytest.raises(LoadError, match=facts):
            kcore.models.model_from_json(text)


def changed(path: Path, compute: Callable[..., Any], **values: Any) -> Path:
    """A file of tf_keras whose last entry has another configuration."""
    made(tf_keras, compute).save(str(path))
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        config["config"]["layers"][-1]["config"] |= values
        file.attrs["model_config"] = json.dumps(config)
    return path


def test_what_is_not_known_is_named(tmp_path: Path) -> None:
    path = changed(tmp_path / "a.h5", lambda x, z, i: tf.exp(x), function="io.read_file")
    with pytest.raises(LoadError, match=r"tf\.io\.read_file") as caught:
        kcore.models.load_model(path)
    assert "a.h5" in str(caught.value) and "tf.math.exp" in str(caught.value)
    twisted = made(tf_keras, lambda x, z, i: tf.nn.softmax(x, axis=1)).to_json()
    with pytest.raises(LoadError, match=r"beta.*no counterpart"):
        kcore.models.model_from_json(twisted.replace('"axis": 1', '"beta": 1'))


def test_numbers_alone_are_never_computed() -> None:
    config = json.loads(of_kcore(lambda o, x, z, i: o.tile(x, (1, 2, 1))).to_json())
    entry = next(e for e in config["config"]["layers"] if e["class_name"] == "Tile")
    entry["inbound_nodes"][0]["args"] = [[1.0]]
    with pytest.raises(LoadError, match="expected a tensor of the model") as caught:
        kcore.models.model_from_json(json.dumps(config))
    assert entry["name"] in str(caught.value)
