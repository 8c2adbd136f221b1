"""Models of many shapes, written so that Keras 3, tf_keras and kcore can all make them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from twins import classes, numbers

IMAGES, STEPS, ROWS = numbers(2, 8, 8, 3), numbers(2, 6, 5), numbers(4, 7)
VOLUMES, FILMS = numbers(2, 4, 5, 6, 2), numbers(2, 3, 6, 6, 2)
WORDS, TEXT = classes(9, 3, 6).astype("int32"), np.array([["a b"], ["b, C c"], ["d"]], object)
NUMBERS = np.array([[1, 7], [7, 9]], "int64")

Build = Callable[[Any], Any]
MODELS: dict[str, tuple[Build, Any]] = {}


def stack(x: Any, *layers: Callable[[Any], Any], dtype: str | None = None) -> tuple[Build, Any]:
    """A Sequential of layers, each a function of the module of layers."""

    def build(k: Any) -> Any:
        start = k.layers.Input(x.shape[1:], dtype=dtype)
        return k.Sequential([start, *(layer(k.layers) for layer in layers)])

    return build, x


def _dtype(x: Any) -> str:
    return "string" if x.dtype == object else str(x.dtype)


def graph(*shapes: Any) -> Callable[[Callable[..., Any]], None]:
    """Enters a functional model: a function of the framework and its inputs, for such arrays."""

    def enter(function: Callable[..., Any]) -> None:
        def build(k: Any) -> Any:
            inputs = [
                k.layers.Input(x.shape[1:], dtype=_dtype(x), name=f"in_{i}")
                for i, x in enumerate(shapes)
            ]
            outputs = function(k, *inputs)
            return k.Model(inputs if len(inputs) > 1 else inputs[0], outputs)

        MODELS[function.__name__] = build, list(shapes) if len(shapes) > 1 else shapes[0]

    return enter


ACTIVATIONS = "relu sigmoid tanh softplus softsign elu selu gelu swish exponential softmax linear"
MODELS |= {
    "dense": stack(ROWS, lambda m: m.Dense(4, activation="relu"), lambda m: m.Dense(2)),
    "activations": stack(
        ROWS,
        *(lambda m, a=a: m.Dense(5, activation=a) for a in ACTIVATIONS.split()),
        lambda m: m.Activation("mish"),
    ),
    "noise": stack(
        STEPS,
        lambda m: m.GaussianNoise(0.1),
        lambda m: m.GaussianDropout(0.2),
        lambda m: m.SpatialDropout1D(0.3),
        lambda m: m.Dropout(0.4),
        lambda m: m.Dense(2),
    ),
    "options": stack(
        ROWS,
        lambda m: m.Dense(
            6,
            kernel_initializer="he_uniform",
            bias_initializer="ones",
            kernel_regularizer="l2",
            bias_regularizer="l1",
            activity_regularizer="l2",
            kernel_constraint="max_norm",
            bias_constraint="non_neg",
        ),
        lambda m: m.ActivityRegularization(l1=0.1),
        lambda m: m.Dense(3, use_bias=False, kernel_initializer="orthogonal", trainable=False),
    ),
    "conv1d": stack(
        STEPS,
        lambda m: m.Conv1D(4, 3, padding="causal", dilation_rate=2),
        lambda m: m.Conv1D(6, 2, 2, padding="same", activation="relu", groups=2),
        lambda m: m.Flatten(),
    ),
    "conv2d": stack(
        IMAGES,
        lambda m: m.Conv2D(4, (3, 2), (2, 1), padding="same"),
        lambda m: m.Conv2D(3, 2, dilation_rate=(1, 2), use_bias=False),
        lambda m: m.MaxPooling2D(2, 1),
        lambda m: m.Flatten(),
        lambda m: m.Dense(2),
    ),
    "conv3d": stack(
        VOLUMES, lambda m: m.Conv3D(3, 2), lambda m: m.MaxPooling3D(2), lambda m: m.Flatten()
    ),
    "transposed": stack(
        IMAGES, lambda m: m.Conv2DTranspose(4, 3, 2, padding="same"), lambda m: m.Conv2D(1, 1)
    ),
    "transposed_1d": stack(STEPS, lambda m: m.Conv1DTranspose(4, 3, 2)),
    "transposed_3d": stack(VOLUMES, lambda m: m.Conv3DTranspose(2, 2)),
    "separable": stack(
        IMAGES, lambda m: m.SeparableConv2D(4, 3, depth_multiplier=2), lambda m: m.ReLU(6.0)
    ),
    "separable_1d": stack(STEPS, lambda m: m.SeparableConv1D(4, 3, activation="relu")),
    "depthwise": stack(
        IMAGES, lambda m: m.DepthwiseConv2D(3, depth_multiplier=2), lambda m: m.Conv2D(2, 1)
    ),
    "pooling": stack(
        STEPS,
        lambda m: m.MaxPooling1D(2, 1),
        lambda m: m.AveragePooling1D(2),
        lambda m: m.GlobalMaxPooling1D(),
    ),
    "pooling_2d": stack(
        IMAGES,
        lambda m: m.AveragePooling2D(2, padding="same"),
        lambda m: m.GlobalAveragePooling2D(keepdims=True),
    ),
    "resampling": stack(
        IMAGES,
        lambda m: m.UpSampling2D(2, interpolation="bilinear"),
        lambda m: m.ZeroPadding2D(((1, 2), (0, 1))),
        lambda m: m.Cropping2D(((2, 1), (1, 1))),
    ),
    "resampling_1d": stack(
        STEPS,
        lambda m: m.UpSampling1D(2),
        lambda m: m.ZeroPadding1D(1),
        lambda m: m.Cropping1D((1, 2)),
    ),
    "batch_norm": stack(
        IMAGES,
        lambda m: m.Conv2D(4, 3, use_bias=False),
        lambda m: m.BatchNormalization(momentum=0.9, epsilon=1e-5),
        lambda m: m.Activation("relu"),
        lambda m: m.BatchNormalization(scale=False, center=False),
    ),
    "layer_norm": stack(ROWS, lambda m: m.LayerNormalization(), lambda m: m.UnitNormalization()),
    "group_norm": stack(IMAGES, lambda m: m.Conv2D(4, 1), lambda m: m.GroupNormalization(2)),
    "rearranging": stack(
        STEPS,
        lambda m: m.Permute((2, 1)),
        lambda m: m.Reshape((3, -1)),
        lambda m: m.Flatten(),
        lambda m: m.RepeatVector(2),
        lambda m: m.Masking(0.0),
        lambda m: m.LSTM(2),
    ),
    "activation_layers": stack(
        STEPS,
        lambda m: m.PReLU(shared_axes=[1]),
        lambda m: m.LeakyReLU(0.1),
        lambda m: m.ELU(0.5),
        lambda m: m.Softmax(axis=1),
        lambda m: m.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2),
    ),
    "embedding": stack(
        WORDS, lambda m: m.Embedding(9, 4, mask_zero=True), lambda m: m.LSTM(3), dtype="int32"
    ),
    "lstm": stack(
        STEPS,
        lambda m: m.LSTM(3, return_sequences=True, dropout=0.1, unit_forget_bias=False),
        lambda m: m.LSTM(4, go_backwards=True, use_bias=False, recurrent_activation="tanh"),
    ),
    "gru": stack(
        STEPS,
        lambda m: m.GRU(3, return_sequences=True),
        lambda m: m.GRU(4, reset_after=False, activation="relu"),
    ),
    "simple_rnn": stack(
        STEPS, lambda m: m.SimpleRNN(3, return_sequences=True), lambda m: m.SimpleRNN(2)
    ),
    "cells": stack(
        STEPS, lambda m: m.RNN([m.GRUCell(3), m.LSTMCell(2), m.SimpleRNNCell(4)], unroll=True)
    ),
    "one_cell": stack(STEPS, lambda m: m.RNN(m.LSTMCell(2), return_sequences=True)),
    "bidirectional": stack(
        STEPS,
        lambda m: m.Bidirectional(m.LSTM(3, return_sequences=True), merge_mode="sum"),
        lambda m: m.Bidirectional(m.GRU(2)),
    ),
    "two_directions": stack(
        STEPS, lambda m: m.Bidirectional(m.GRU(2), backward_layer=m.LSTM(3, go_backwards=True))
    ),
    "time_distributed": stack(
        FILMS,
        lambda m: m.TimeDistributed(m.Conv2D(3, 3)),
        lambda m: m.TimeDistributed(m.GlobalAveragePooling2D()),
        lambda m: m.GRU(2),
    ),
    "conv_lstm": stack(FILMS, lambda m: m.ConvLSTM2D(3, 2, return_sequences=True)),
    "preprocessing": stack(
        IMAGES,
        lambda m: m.Rescaling(0.5, offset=0.1),
        lambda m: m.Resizing(6, 6),
        lambda m: m.CenterCrop(4, 5),
        lambda m: m.RandomFlip("horizontal"),
        lambda m: m.Normalization(mean=0.5, variance=2.0),
    ),
    "random_images": stack(
        IMAGES,
        lambda m: m.RandomFlip(),
        lambda m: m.RandomRotation(0.1),
        lambda m: m.RandomZoom(0.1),
        lambda m: m.RandomTranslation(0.1, 0.2),
        lambda m: m.RandomContrast(0.1),
    ),
    "all_directions": stack(
        STEPS,
        lambda m: m.Bidirectional(m.LSTM(3, return_sequences=True), merge_mode="mul"),
        lambda m: m.Bidirectional(m.RNN(m.GRUCell(3), return_sequences=True), merge_mode="ave"),
        lambda m: m.RNN(m.StackedRNNCells([m.LSTMCell(3), m.LSTMCell(2)])),
    ),
    "buckets": stack(ROWS, lambda m: m.Discretization([-0.5, 0.0, 0.5]), lambda m: m.Dense(2)),
    "categories": stack(
        WORDS, lambda m: m.CategoryEncoding(9, output_mode="multi_hot"), dtype="int32"
    ),
}


@graph(ROWS)
def shared_layer(k: Any, x: Any) -> Any:
    shared, head = k.layers.Dense(7, activation="tanh"), k.layers.Dense(2)
    return [head(shared(x)), head(shared(shared(x)))]


@graph(ROWS, ROWS)
def siamese(k: Any, a: Any, b: Any) -> Any:
    tower = k.Sequential([k.layers.Input((7,)), k.layers.Dense(4), k.layers.Dense(3)], name="tower")
    return k.layers.Dot(axes=1, normalize=True)([tower(a), tower(b)])


@graph(ROWS)
def merging(k: Any, x: Any) -> Any:
    m = k.layers
    a, b = m.Dense(4)(x), m.Dense(4)(x)
    pairs = [cls()([a, b]) for cls in (m.Add, m.Subtract, m.Multiply, m.Average)]
    pairs += [cls()([a, b]) for cls in (m.Maximum, m.Minimum)]
    return m.Concatenate()(pairs)


@graph(IMAGES)
def residual(k: Any, x: Any) -> Any:
    m = k.layers
    y = m.Conv2D(3, 3, padding="same", name="block_conv")(x)
    y = m.BatchNormalization(name="block_norm")(y)
    y = m.Activation("relu")(m.Add()([x, y]))
    return m.Dense(2)(m.GlobalMaxPooling2D()(y))


@graph(IMAGES)
def u_net(k: Any, x: Any) -> Any:
    m = k.layers
    down = m.Conv2D(4, 3, padding="same", activation="relu")(x)
    low = m.Conv2D(6, 3, padding="same")(m.MaxPooling2D()(down))
    up = m.Concatenate()([m.UpSampling2D()(low), down])
    return m.Conv2D(1, 1, activation="sigmoid")(up)


@graph(ROWS)
def nested(k: Any, x: Any) -> Any:
    start = k.layers.Input((7,))
    mean = k.layers.Dense(3, name="mean")(start)
    spread = k.layers.Dense(3, name="spread")(start)
    inner = k.Model(start, [mean, spread], name="inner")
    mean, spread = inner(x)
    outer = k.Sequential([k.layers.Input((3,)), k.layers.Dense(2)], name="outer")
    return [outer(mean), outer(spread)]


@graph(STEPS)
def states(k: Any, x: Any) -> Any:
    _, h, c = k.layers.LSTM(4, return_state=True)(x)
    decoded = k.layers.LSTM(4, return_sequences=True)(x, initial_state=[h, c])
    return k.layers.Dense(2)(decoded)


@graph(STEPS, STEPS)
def attention(k: Any, q: Any, v: Any) -> Any:
    seen = k.layers.Attention(use_scale=True)([q, v])
    return k.layers.AdditiveAttention()([seen, v])


@graph(STEPS)
def transformer(k: Any, x: Any) -> Any:
    m = k.layers
    y = m.MultiHeadAttention(2, 3, dropout=0.1)(x, x)
    x = m.LayerNormalization()(m.Add()([x, y]))
    y = m.Dense(5)(m.Dense(8, activation="gelu")(x))
    return m.GlobalAveragePooling1D()(m.LayerNormalization()(m.Add()([x, y])))


@graph(STEPS)
def einsum(k: Any, x: Any) -> Any:
    return k.layers.EinsumDense("abc,cd->abd", output_shape=(None, 4), bias_axes="d")(x)


@graph(ROWS)
def frozen(k: Any, x: Any) -> Any:
    inner = k.Sequential(
        [k.layers.Input((7,)), k.layers.Dense(4), k.layers.BatchNormalization()], name="backbone"
    )
    inner.trainable = False
    return k.layers.Dense(2)(inner(x))


@graph(ROWS)
def several_outputs(k: Any, x: Any) -> Any:
    y = k.layers.Dense(4)(x)
    return {"one": k.layers.Dense(1, name="one")(y), "two": k.layers.Dense(2, name="two")(y)}


@graph(TEXT)
def words(k: Any, x: Any) -> Any:
    y = k.layers.TextVectorization(vocabulary=["b", "c", "a"], output_sequence_length=4)(x)
    return k.layers.GlobalAveragePooling1D()(k.layers.Embedding(5, 3)(y))


@graph(np.array([["a", "b"], ["x", "a"]], object))
def lookup(k: Any, x: Any) -> Any:
    return k.layers.StringLookup(vocabulary=["b", "a"], output_mode="multi_hot")(x)


@graph(NUMBERS)
def number_lookup(k: Any, x: Any) -> Any:
    return k.layers.Embedding(4, 2)(k.layers.IntegerLookup(vocabulary=[7, 1])(x))


@graph(ROWS)
def operators(k: Any, x: Any) -> Any:
    y = k.layers.Dense(7)(x) + 3.0
    y = k.layers.Dense(7)(y * (x - y) * 0.5)
    return [-y, abs(y), y**2, 1.0 - y, 2.0 / (x * x + 1.0), y / 3.0, y > x, y <= 0.5, y // 2, y % 3]


@graph(STEPS)
def parts(k: Any, x: Any) -> Any:
    first = k.layers.Dense(2)(x[:, 0])
    return [first, x[:, 1:4, ::2], x[:, None, -1], x @ k.layers.Permute((2, 1))(x)]


@graph(ROWS, ROWS)
def called_three_times(k: Any, x: Any, z: Any) -> Any:
    one, two = k.layers.Input((7,)), k.layers.Input((7,))
    both = [k.layers.Add()([k.layers.Dense(7)(one), two]), k.layers.Dense(7)(two)]
    inner = k.Model([one, two], both, name="inner")
    a, b = inner([x, z])
    c, d = inner([b, a])
    e, f = inner([d, x])
    return [k.layers.Concatenate()([a, c, e]), d, f]


@graph(ROWS)
def stack_called_twice(k: Any, x: Any) -> Any:
    inner = k.Sequential([k.layers.Input((7,)), k.layers.Dense(7)], name="inner")
    y = inner(x)
    return [y, inner(y)]


@graph(STEPS, STEPS)
def attention_by_name(k: Any, x: Any, z: Any) -> Any:
    return k.layers.MultiHeadAttention(2, 3, name="heads")(x, value=z, key=x)


@graph(STEPS)
def backward_states(k: Any, x: Any) -> Any:
    m = k.layers
    _, *states = m.Bidirectional(m.LSTM(3, return_state=True))(x)
    return m.Bidirectional(m.LSTM(3))(x, initial_state=states)


@graph(FILMS)
def model_over_time(k: Any, x: Any) -> Any:
    m = k.layers
    start = m.Input((6, 6, 2))
    inner = k.Model(start, m.Flatten()(m.BatchNormalization()(m.Conv2D(2, 3)(start))))
    stack = k.Sequential([m.Input((32,)), m.Dense(3)], name="stack")
    return m.Bidirectional(m.GRU(2), merge_mode="mul")(
        m.TimeDistributed(stack)(m.TimeDistributed(inner)(x))
    )
