"""Our data sets and preprocessing functions pass the kit; planted faults are found."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import kdatasets.plugin
import kpreprocess.plugin
from kcore.errors import ConfigurationError
from kcore.testing import (
    Check,
    ConformanceError,
    NotApplicableError,
    check_dataset,
    check_preprocessor,
)
from kdatasets import ArrayCard, Card
from kpreprocess import image, sequence, text

REAL_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
WORDS = ["The cat sat on the mat.", "A dog, a cat."]
PICTURE = np.random.default_rng(0).uniform(0, 255, (6, 5, 3)).astype("float32")


@pytest.mark.parametrize("name", kdatasets.plugin.NAMES)
def test_our_data_sets(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    dataset = importlib.import_module(f"kdatasets.{name}")
    if dataset.CARD.files:
        monkeypatch.setenv("KDATASETS_HOME", str(tmp_path))
        monkeypatch.setenv("KDATASETS_MIRROR", str(REAL_DATA))
        monkeypatch.setenv("KDATASETS_OFFLINE", "1")
        if not all(any(REAL_DATA.rglob(Path(file.name).name)) for file in dataset.CARD.files):
            pytest.skip(f"the files of {name} are not in {REAL_DATA}")
    assert failures(check_dataset(dataset)) == []


def counted(texts: Any) -> Any:
    """A matrix of counts for `texts`."""
    tokenizer = text.Tokenizer(20)
    tokenizer.fit_on_texts(texts)
    return tokenizer.texts_to_matrix(texts, "count")


def restored(config: Any) -> Any:
    """The JSON text of a tokenizer or generator that was made from the JSON text `config`."""
    made = (
        text.tokenizer_from_json(config)
        if "word_counts" in str(config)
        else sequence.timeseries_generator_from_json(config)
    )
    return made.to_json()


def windows(data: Any) -> Any:
    """The batches of a generator of `data`, as a list."""
    return list(sequence.TimeseriesGenerator(data, data, 3, batch_size=2))


def windows_of(data: Any) -> Any:
    """The batches of a data set of `data`, as a list."""
    return list(sequence.timeseries_dataset_from_array(data, None, 3, batch_size=2))


def augmented(images: Any) -> Any:
    """A batch of changed `images`."""
    generator = image.ImageDataGenerator(rotation_range=20, zoom_range=0.2)
    return next(generator.flow(images, batch_size=2, seed=1))


def written(pixels: Any) -> Any:
    """`pixels` as a PNG file and back."""
    buffer = io.BytesIO()
    image.save_img(buffer, pixels, file_format="png")
    buffer.seek(0)
    return image.img_to_array(image.load_img(buffer))


def pictured(pixels: Any) -> Any:
    """`pixels` as a picture and back."""
    return image.img_to_array(image.array_to_img(pixels))


WINDOWS = sequence.TimeseriesGenerator(list(range(9)), list(range(9)), 3).to_json()
AXES = {"row_axis": 0, "col_axis": 1, "channel_axis": 2}
SEED = {"seed": 1}
# names of the table, the function, its arguments and options
FUNCTIONS_OF_OURS: list[tuple[str, Any, tuple[Any, ...], dict[str, Any]]] = [
    ("pad_sequences", sequence.pad_sequences, ([[1, 2], [3]],), {"maxlen": 3}),
    ("skipgrams", sequence.skipgrams, ([1, 2, 3], 5), SEED),
    ("make_sampling_table", sequence.make_sampling_table, (10,), {}),
    ("sliding_windows", sequence.sliding_windows, (np.arange(9), 3), {}),
    ("TimeseriesGenerator", windows, (np.arange(9.0),), {}),
    ("timeseries_dataset_from_array", windows_of, (np.arange(9.0),), {}),
    ("timeseries_generator_from_json", restored, (WINDOWS,), {}),
    ("text_to_word_sequence", text.text_to_word_sequence, (WORDS[0],), {}),
    ("hashing_trick", text.hashing_trick, (WORDS[0], 50), {"hash_function": "md5"}),
    ("one_hot", text.one_hot, (WORDS[0], 50), {"hash_function": "md5"}),
    ("Tokenizer", counted, (WORDS,), {}),
    ("tokenizer_from_json", restored, (text.Tokenizer(5).to_json(),), {}),
    ("smart_resize", image.smart_resize, (PICTURE, (4, 4)), {}),
    ("apply_brightness_shift", image.apply_brightness_shift, (PICTURE, 0.7), {}),
    ("apply_channel_shift", image.apply_channel_shift, (PICTURE, 20.0), {"channel_axis": 2}),
    ("apply_affine_transform", image.apply_affine_transform, (PICTURE, 30), AXES),
    ("random_brightness", image.random_brightness, (PICTURE, (0.5, 1.5)), SEED),
    ("random_channel_shift", image.random_channel_shift, (PICTURE, 20.0, 2), SEED),
    ("random_rotation", image.random_rotation, (PICTURE, 30.0), AXES | SEED),
    ("random_shear", image.random_shear, (PICTURE, 30.0), AXES | SEED),
    ("random_shift", image.random_shift, (PICTURE, 0.3, 0.3), AXES | SEED),
    ("random_zoom", image.random_zoom, (PICTURE, (0.5, 1.5)), AXES | SEED),
    ("ImageDataGenerator", augmented, (PICTURE[None].repeat(2, 0),), {}),
    ("save_img load_img", written, (PICTURE,), {}),
    ("array_to_img img_to_array", pictured, (PICTURE,), {}),
]
# what reads folders is tested on folders
READ_FROM_FOLDERS = {"image_dataset_from_directory", "text_dataset_from_directory"}
# iterators that the generator makes; what they give is tested with it
MADE_BY_THE_GENERATOR = {"DataFrameIterator", "DirectoryIterator", "Iterator", "NumpyArrayIterator"}
# registers a function, and gives nothing
WITHOUT_RESULT = {"register_analyzer"}


@pytest.mark.parametrize(
    ("function", "arguments", "options"),
    [case[1:] for case in FUNCTIONS_OF_OURS],
    ids=[case[0] for case in FUNCTIONS_OF_OURS],
)
def test_our_preprocessing(function: Any, arguments: Any, options: Any) -> None:
    assert failures(check_preprocessor(function, *arguments, options=options)) == []


def test_every_name_of_the_table_is_tried() -> None:
    tried = {name for names, *_ in FUNCTIONS_OF_OURS for name in names.split()}
    table = {name for names in kpreprocess.plugin.NAMES.values() for name in names}
    assert table - tried == MADE_BY_THE_GENERATOR | READ_FROM_FOLDERS | WITHOUT_RESULT


def failures(checks: Iterator[Check]) -> list[str]:
    """What the checks find."""
    found = []
    for check in checks:
        try:
            check()
        except NotApplicableError:
            continue
        except Exception as error:
            found.append(f"{check.name}: {type(error).__name__}: {error}")
    return found


def flowers(**changes: Any) -> Any:
    """A data set of 6 and 2 examples without a fault, but for the changes."""
    rng = np.random.default_rng(0)
    arrays = {
        "x_train": rng.normal(size=(6, 2)).astype("float32"),
        "y_train": np.array([0, 1, 0, 1, 0, 1], "uint8"),
        "x_test": rng.normal(size=(2, 2)).astype("float32"),
        "y_test": np.array([0, 1], "uint8"),
    } | changes

    def load_data() -> Any:
        """Loads the flowers."""
        copies = {key: np.array(value) for key, value in arrays.items()}
        return (copies["x_train"], copies["y_train"]), (copies["x_test"], copies["y_test"])

    facts: dict[str, Any] = {"licence": "CC0", "source": "here", "citation": "us", "summary": "two"}
    card = Card(
        name="flowers",
        train=6,
        test=2,
        x=ArrayCard("(n, feature=2)", "float32", "any"),
        y=ArrayCard("(n,)", "uint8", "0 to 1"),
        classes=("rose", "tulip"),
        **facts,
    )
    return SimpleNamespace(load_data=load_data, CARD=card)


def _global_numbers() -> Any:
    def load_data() -> Any:
        x = np.random.random((4, 2))
        return (x, x), (x, x)

    return SimpleNamespace(load_data=load_data)


def _shared() -> Any:
    (x, y), test = flowers().load_data()
    return SimpleNamespace(load_data=lambda: ((x, y), test))


DATASETS: list[tuple[Any, str]] = [
    (SimpleNamespace(load_data=lambda: [1, 2, 3]), "two_pairs_of_arrays"),
    (flowers(y_train=np.zeros(5, "uint8")), "inputs_and_targets_belong_together"),
    (flowers(x_test=np.zeros((2, 3), "float32")), "parts_are_alike"),
    (flowers(x_train=np.full((6, 2), np.nan, "float32")), "numbers_are_finite"),
    (_global_numbers(), "loading_repeats"),
    (_global_numbers(), "numpys_generator_stays"),
    (_shared(), "loaded_arrays_are_the_callers"),
    (flowers(y_test=np.array([1, 2], "uint8")), "class_numbers_begin_at_zero"),
    (flowers(x_test=np.zeros((3, 2), "float32")), "card_has_the_counts"),
    (flowers(x_train=np.zeros((6, 2), "float64")), "card_has_the_dtypes_and_shapes"),
    (flowers(x_train=np.zeros((6, 4), "float32")), "card_has_the_dtypes_and_shapes"),
    (_shared(), "licence_and_source_are_told"),
    (_shared(), "loader_is_explained"),
]


@pytest.mark.parametrize(("dataset", "name"), DATASETS, ids=[name for _, name in DATASETS])
def test_a_planted_fault_of_a_data_set(dataset: Any, name: str) -> None:
    check = next(check for check in check_dataset(dataset) if check.name == name)
    with pytest.raises(ConformanceError):
        check()


@pytest.mark.parametrize("check", list(check_dataset(flowers())), ids=lambda check: check.name)
def test_a_good_data_set_passes(check: Check) -> None:
    check()


def test_what_cannot_be_loaded_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="load_data"):
        next(check_dataset(np))()
    with pytest.raises(ConfigurationError, match="sorted"):
        next(check_preprocessor(sorted))()


def _drawn(values: Any) -> Any:
    """Adds noise to `values`."""
    return values + np.random.random()


def _in_place(values: Any) -> Any:
    """Sorts `values`."""
    values.sort()
    return values


def _logarithm(values: Any) -> Any:
    """The logarithm of `values`."""
    with np.errstate(all="ignore"):
        return np.log(values - values)


def _anything(values: Any) -> Any:
    """How long the text of `values` is."""
    return len(str(values))


def _crashes(values: Any) -> Any:
    """The first of `values`."""
    return values.first


def _silent(values: Any, shift: int = 0) -> Any:
    return values + shift


FUNCTIONS: list[tuple[Any, str]] = [
    (_drawn, "calls_repeat"),
    (_drawn, "numpys_generator_stays"),
    (_in_place, "arguments_stay"),
    (lambda values: iter(values), "result_is_data"),
    (_logarithm, "result_is_finite"),
    (lambda values: values, "worker_processes_can_have_it"),
    (_anything, "wrong_data_is_refused"),
    (_crashes, "wrong_data_is_refused"),
    (_silent, "arguments_are_explained"),
]


@pytest.mark.parametrize(("function", "name"), FUNCTIONS, ids=[name for _, name in FUNCTIONS])
def test_a_planted_fault_of_a_function(function: Any, name: str) -> None:
    checks = check_preprocessor(function, np.array([3.0, 1.0]))
    check = next(check for check in checks if check.name == name)
    with pytest.raises(ConformanceError):
        check()
