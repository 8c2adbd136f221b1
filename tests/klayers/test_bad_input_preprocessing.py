"""What preprocessing layers refuse, and the facts they name."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import klayers as kl
from kcore import Input, Sequential, components
from kcore.errors import ConfigurationError, DataError, DtypeError, NotBuiltError, ShapeError

AB = ["a", "b"]
ARGUMENTS: list[tuple[Callable[[], Any], tuple[str, ...]]] = [
    (lambda: kl.Rescaling("half"), ("Rescaling", "scale", "'half'")),
    (lambda: kl.Rescaling(1.0, float("nan")), ("Rescaling", "offset", "nan")),
    (lambda: kl.Normalization(mean=1.0), ("Normalization", "mean=1.0", "variance=None")),
    (lambda: kl.Normalization(mean=1.0, variance=-1.0), ("Normalization", "variance", "-1.0")),
    (lambda: kl.Normalization(axis=0), ("Normalization", "axis", "0")),
    (lambda: kl.Normalization(axis="last"), ("Normalization", "axis", "'last'")),
    (lambda: kl.Discretization(), ("Discretization", "bin_boundaries", "num_bins")),
    (lambda: kl.Discretization([2.0, 1.0]), ("Discretization", "bin_boundaries", "[2.0, 1.0]")),
    (lambda: kl.Discretization(num_bins=1), ("Discretization", "num_bins", "1")),
    (lambda: kl.Discretization([1.0], output_mode="hot"), ("output_mode", "'hot'", "'one_hot'")),
    (lambda: kl.Discretization([1.0], sparse=True), ("Discretization", "sparse", "dense")),
    (lambda: kl.CategoryEncoding(), ("CategoryEncoding", "num_tokens", "None")),
    (lambda: kl.CategoryEncoding(-2), ("CategoryEncoding", "num_tokens", "-2")),
    (lambda: kl.CategoryEncoding(3, "int"), ("CategoryEncoding", "output_mode", "'int'")),
    (lambda: kl.Hashing(0), ("Hashing", "num_bins", "0")),
    (lambda: kl.Hashing(1, mask_value=""), ("Hashing", "num_bins", "mask_value", "1")),
    (lambda: kl.Hashing(3, salt=[1]), ("Hashing", "salt", "[1]")),
    (lambda: kl.HashedCrossing(3, "count"), ("HashedCrossing", "output_mode", "'count'")),
    (lambda: kl.StringLookup(vocabulary=["a", "b", "a"]), ("StringLookup", "once", "'a'")),
    (lambda: kl.StringLookup(vocabulary=["a", "[UNK]"]), ("StringLookup", "'[UNK]'", "oov")),
    (lambda: kl.StringLookup(vocabulary=[1, 2]), ("StringLookup", "text", "1")),
    (lambda: kl.StringLookup(2, vocabulary=AB), ("StringLookup", "3 tokens", "max_tokens is 2")),
    (lambda: kl.StringLookup(1), ("StringLookup", "max_tokens", "special tokens, 1")),
    (lambda: kl.StringLookup(pad_to_max_tokens=True), ("pad_to_max_tokens", "None")),
    (lambda: kl.StringLookup(num_oov_indices=-1), ("num_oov_indices", "-1")),
    (
        lambda: kl.StringLookup(invert=True, output_mode="count"),
        ("StringLookup", "invert", "'count'"),
    ),
    (lambda: kl.StringLookup(vocabulary=AB, output_mode="tf_idf"), ("idf_weights", "'tf_idf'")),
    (lambda: kl.StringLookup(vocabulary=AB, idf_weights=[1.0, 1.0]), ("idf_weights", "'int'")),
    (
        lambda: kl.StringLookup(vocabulary=AB, idf_weights=[1.0], output_mode="tf_idf"),
        ("idf_weights", "2 tokens", "received 1"),
    ),
    (lambda: kl.StringLookup(idf_weights=[1.0]), ("idf_weights", "vocabulary")),
    (lambda: kl.StringLookup(vocabulary="/no/such/file"), ("vocabulary", "'/no/such/file'")),
    (lambda: kl.StringLookup(vocabulary="https://example.com/v.txt"), ("no file", "https://")),
    (lambda: kl.IntegerLookup(vocabulary=[1.5]), ("IntegerLookup", "whole numbers", "1.5")),
    (lambda: kl.IntegerLookup(vocabulary_dtype="int8"), ("vocabulary_dtype", "'int8'")),
    (lambda: kl.IntegerLookup(oov_method="md5"), ("oov_method", "'md5'", "'farmhash'")),
    (lambda: kl.TextVectorization(ragged=True), ("TextVectorization", "ragged", "dense")),
    (lambda: kl.TextVectorization(standardize="upper"), ("standardize", "'upper'", "'lower")),
    (lambda: kl.TextVectorization(split="word"), ("split", "'word'", "'whitespace'")),
    (lambda: kl.TextVectorization(ngrams=0), ("ngrams", "0")),
    (
        lambda: kl.TextVectorization(output_mode="count", output_sequence_length=3),
        ("output_sequence_length", "'count'"),
    ),
    (lambda: kl.Resizing(0, 3), ("Resizing", "height", "0")),
    (lambda: kl.Resizing(3, 3, "cubic"), ("Resizing", "interpolation", "'cubic'")),
    (lambda: kl.Resizing(3, 3, "nearest", True, True), ("crop_to_aspect_ratio", "True")),
    (lambda: kl.Resizing(3, 3, fill_mode="wrap"), ("Resizing", "fill_mode", "'wrap'")),
    (lambda: kl.CenterCrop(3, -1), ("CenterCrop", "width", "-1")),
    (lambda: kl.RandomCrop(2.5, 3), ("RandomCrop", "height", "2.5")),
    (lambda: kl.RandomFlip("both"), ("RandomFlip", "mode", "'both'")),
    (lambda: kl.RandomRotation(1.5), ("RandomRotation", "factor", "1.5")),
    (lambda: kl.RandomRotation((0.2, 0.1)), ("RandomRotation", "lower", "(0.2, 0.1)")),
    (lambda: kl.RandomRotation(0.1, "edge"), ("RandomRotation", "fill_mode", "'edge'")),
    (lambda: kl.RandomTranslation(0.1, (1, 2, 3)), ("width_factor", "(1, 2, 3)")),
    (lambda: kl.RandomZoom(-0.5), ("RandomZoom", "height_factor", "-0.5")),
    (lambda: kl.RandomZoom(0.1, interpolation="cubic"), ("interpolation", "'cubic'")),
    (lambda: kl.RandomBrightness(2), ("RandomBrightness", "factor", "2")),
    (lambda: kl.RandomBrightness(0.1, (1, 0)), ("RandomBrightness", "value_range", "(1, 0)")),
    (lambda: kl.RandomContrast((2.0, 0.1)), ("RandomContrast", "factor", "2.0")),
    (lambda: kl.RandomContrast((1, 2, 3)), ("RandomContrast", "(1, 2, 3)")),
    (lambda: kl.RandomHue(-0.1), ("RandomHue", "factor", "-0.1")),
    (lambda: kl.RandomSaturation("x"), ("RandomSaturation", "factor", "'x'")),
    (lambda: kl.RandomGrayscale(1.1), ("RandomGrayscale", "factor", "1.1")),
    (lambda: kl.RandomPosterization(9), ("RandomPosterization", "1 to 8", "9")),
    (lambda: kl.RandomGaussianBlur(kernel_size=0), ("RandomGaussianBlur", "kernel_size", "0")),
    (lambda: kl.Solarization(threshold_factor=2), ("Solarization", "threshold_factor", "2")),
    (lambda: kl.Equalization(bins=1), ("Equalization", "bins", "1")),
    (lambda: kl.MixUp(0), ("MixUp", "alpha", "0")),
    (lambda: kl.CutMix((0.5, 2)), ("CutMix", "factor", "2")),
    (lambda: kl.RandomFlip(data_format="last"), ("data_format", "'last'")),
]


@pytest.mark.parametrize(("make", "facts"), ARGUMENTS)
def test_arguments_that_can_never_work(make: Callable[[], Any], facts: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    for fact in facts:
        assert fact in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: kl.StringLookup(),
        lambda: kl.StringLookup(output_mode="count"),
        lambda: kl.IntegerLookup(invert=True),
        lambda: kl.TextVectorization(),
        lambda: kl.Discretization(num_bins=3),
    ],
)
def test_a_layer_that_learnt_nothing_says_so(make: Callable[[], Any]) -> None:
    layer = make()
    text = isinstance(layer, (kl.StringLookup, kl.TextVectorization))
    with pytest.raises(NotBuiltError, match=f"{type(layer).__name__}.*Call adapt"):
        layer(["a"] if text else [1])


def test_normalization_that_learnt_nothing_warns() -> None:
    x = np.ones((2, 3), "float32")
    with pytest.warns(UserWarning, match="Normalization.*Call adapt"):
        kl.Normalization()(x)
    adapted = kl.Normalization()
    adapted.adapt(x)
    loaded = kl.Normalization()
    loaded.build((None, 3))
    loaded.set_weights(adapted.get_weights())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        adapted(x)
        loaded(x)


def test_what_was_given_is_not_learnt() -> None:
    with pytest.raises(ConfigurationError, match="mean and variance"):
        kl.Normalization(mean=0.0, variance=1.0).adapt([1.0])
    with pytest.raises(ConfigurationError, match="num_bins"):
        kl.Discretization([1.0]).adapt([1.0])


def test_data_to_learn_from() -> None:
    pairs = [(np.ones((2, 3)), np.ones(2))]
    with pytest.raises(DataError, match="inputs only"):
        kl.Normalization().adapt(iter(pairs))
    with pytest.raises(DataError, match="no data"):
        kl.StringLookup().adapt(iter([]))
    with pytest.raises(DataError, match="one length"):
        kl.Normalization().adapt([[1.0], [1.0, 2.0]])
    with pytest.raises(DataError, match="received int"):
        kl.Normalization().adapt(3)
    layer = kl.Normalization()
    layer.adapt(np.ones((4, 3)))
    with pytest.raises(ShapeError, match="Normalization"):
        layer.update_state(np.ones((4, 5)))


def test_categories_that_do_not_exist() -> None:
    for wrong in ([[1, 4]], [[-1, 2]]):
        with pytest.raises(DataError, match=r"CategoryEncoding.*0 to 3.*num_tokens is 4"):
            kl.CategoryEncoding(4)(wrong)
    with pytest.raises(DataError, match="num_oov_indices is 0"):
        kl.StringLookup(vocabulary=AB, num_oov_indices=0)(["c"])
    model = Sequential([Input((2,), dtype="int32"), kl.CategoryEncoding(4)])
    with pytest.raises(Exception, match="num_tokens is 4"):
        model.predict(np.array([[1, 9]], "int32"), verbose=0)


def test_call_arguments_and_types() -> None:
    with pytest.raises(ConfigurationError, match="count_weights"):
        kl.CategoryEncoding(4)([[1]], count_weights=[[1.0]])
    with pytest.raises(DtypeError, match="mask_value"):
        kl.Hashing(4, mask_value="")([1])
    for inputs in (["a"], [["a", "b"]], [[["a", "b"]], [["a", "b"]]]):
        with pytest.raises(ShapeError, match="HashedCrossing"):
            kl.HashedCrossing(4)(inputs)


SHAPES: list[tuple[Callable[[], Any], Any, tuple[str, ...]]] = [
    (lambda: kl.Resizing(2, 2, name="it"), (3,), ("it", "Resizing", "3 axes")),
    (lambda: kl.RandomFlip(name="it"), (2, 3, 4, 1, 1), ("it", "RandomFlip", "4 axes")),
    (lambda: kl.MixUp(name="it"), (3,), ("it", "MixUp", "images")),
    (lambda: kl.RandomHue(0.1, name="it"), (4, 4, 1), ("3 channels", "1")),
    (lambda: kl.Normalization(2, name="it"), (3,), ("it", "axis", "2")),
    (lambda: kl.Normalization(name="it"), (None,), ("it", "unknown", "Input")),
    (lambda: kl.Normalization(mean=[1, 2], variance=[1, 2], name="it"), (3,), ("it", "(2,)")),
]


@pytest.mark.parametrize(("make", "shape", "facts"), SHAPES)
def test_shapes(make: Callable[[], Any], shape: Any, facts: tuple[str, ...]) -> None:
    layer = make()
    with pytest.raises(ShapeError) as caught:
        layer(Input(shape)) if None in shape else layer(
            np.ones((2, *shape), "float32"), training=True
        )
    for fact in facts:
        assert fact in str(caught.value)


@pytest.mark.parametrize("where", ["/etc/hostname", "https://example.com/v.txt", "v.txt"])
@pytest.mark.parametrize("make", [kl.StringLookup, kl.IntegerLookup, kl.TextVectorization])
def test_a_configuration_never_opens_a_file(where: str, make: Any) -> None:
    config = {**make().get_config(), "vocabulary": where}
    for load in (
        lambda: make.from_config(config),
        lambda: components.get(
            "layer", {"class_name": make.__name__, "config": config}, "Sequential"
        ),
    ):
        with pytest.raises(ConfigurationError) as caught:
            load()
        for fact in (make.__name__, where, "set_vocabulary"):
            assert fact in str(caught.value)


def test_a_file_named_by_the_user_is_read_once() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "words.txt"
        file.write_text("red\r\ngreen\nblue\n", encoding="utf-8")
        layers = [make(vocabulary=file) for make in (kl.StringLookup, kl.TextVectorization)]
        numbers = Path(folder) / "numbers.txt"
        numbers.write_text("7\n-3", encoding="utf-8")
        whole = kl.IntegerLookup(vocabulary=str(numbers))
    for layer in layers:
        assert layer.get_config()["vocabulary"] == ["red", "green", "blue"]
        twin = type(layer).from_config(json.loads(json.dumps(layer.get_config())))
        assert twin.get_vocabulary() == layer.get_vocabulary()
    assert whole.get_vocabulary() == [-1, 7, -3]


def test_text_goes_through_models() -> None:
    texts = np.array(["the cat sat", "a dog", "the dog sat", "a cat"])
    vectorize = kl.TextVectorization(output_sequence_length=4)
    vectorize.adapt(texts)
    model = Sequential([Input((), dtype="string"), vectorize, kl.Embedding(9, 4), kl.Flatten()])
    model.add(kl.Dense(1))
    model.compile("adam", "mse")
    model.fit(texts, np.ones(4), epochs=1, verbose=0)
    objects = texts.astype(object)
    np.testing.assert_allclose(
        model.predict(objects, verbose=0), model.predict(texts, verbose=0), rtol=1e-6
    )


def test_images_change_in_fit_only() -> None:
    images = np.random.default_rng(0).uniform(0, 255, (8, 6, 6, 3)).astype("float32")
    layers: list[Any] = [Input((6, 6, 3)), kl.Rescaling(1 / 255.0), kl.RandomFlip(seed=1)]
    layers += [kl.RandomRotation(0.2, seed=2), kl.RandomContrast(0.5, (0, 1), seed=3)]
    augment = Sequential(layers)
    np.testing.assert_allclose(augment.predict(images, verbose=0), images / 255.0, rtol=1e-5)
    model = Sequential([*augment.layers, kl.Flatten(), kl.Dense(1)])
    model.compile("sgd", "mse")
    before = [s.state.numpy() for s in model.seed_generators]
    model.fit(images, np.ones(8), epochs=1, batch_size=4, verbose=0)
    after = [s.state.numpy() for s in model.seed_generators]
    assert len(before) == 3 and all(a[1] > b[1] for a, b in zip(after, before, strict=True))
