"""JSON texts of tokenizers and generators: whole ones are read right, all others are refused."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from kpreprocess.text import Tokenizer, tokenizer_from_json
from kpreprocess.windows import TimeseriesGenerator, timeseries_generator_from_json


def _tokenizer() -> str:
    tokenizer = Tokenizer(50, oov_token="?")
    tokenizer.fit_on_texts(["the cat and the dog", "the end"])
    return tokenizer.to_json()


def _generator() -> str:
    return TimeseriesGenerator([[1.0, 2.0]] * 6, [1, 2, 3, 4, 5, 6], 2).to_json()


READERS: dict[str, tuple[Callable[[], str], Callable[[Any], Any]]] = {
    "tokenizer_from_json": (_tokenizer, tokenizer_from_json),
    "timeseries_generator_from_json": (_generator, timeseries_generator_from_json),
}
RAW = ("object is not", "object has no attribute", "indices must be", "unhashable", "keyword")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("change", "fact"),
    [
        (lambda text: "\ufeff" + text, "byte order mark"),
        (lambda text: text.encode("utf-16"), "UTF-8"),
        (
            lambda text: text.replace('"config": {', '"config": {"config": 1, "config": 2, '),
            "twice",
        ),
        (lambda text: "[" * 100_000, "nested deeper than 100"),
        (lambda text: "[" * 150 + "]" * 150, "nested deeper than 100"),
        (lambda text: '{"config": NaN}', "NaN"),
        (lambda text: '{"config": ' + "9" * 5000 + "}", "5000 digits"),
        (lambda text: text[: len(text) // 2], "no usable JSON"),
        (lambda text: "", "no usable JSON"),
        (lambda text: "[]", "dictionary; got [] (list)"),
        (lambda text: "{}", "there is no 'config'"),
        (lambda text: json.loads(text), "a text; got {"),
        (lambda text: None, "a text; got None"),
    ],
)
def test_texts_that_are_none(reader: str, change: Callable[[str], Any], fact: str) -> None:
    whole, read = READERS[reader]
    read(whole())
    with pytest.raises(ValueError) as caught:
        read(change(whole()))
    assert reader in str(caught.value)
    assert fact in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("reader", "name", "value", "fact"),
    [
        ("tokenizer_from_json", "num_words", "50", "a whole number or null; got '50' (str)"),
        ("tokenizer_from_json", "num_words", -1, "a whole number or null; got -1 (int)"),
        ("tokenizer_from_json", "num_words", 2**62, "a whole number or null"),
        ("tokenizer_from_json", "lower", "yes", "true or false; got 'yes' (str)"),
        ("tokenizer_from_json", "filters", ["a"], "a text; got ['a'] (list)"),
        ("tokenizer_from_json", "analyzer", "os.system", "'os.system'"),
        ("tokenizer_from_json", "surprise", 1, "'surprise' is unknown"),
        ("tokenizer_from_json", "word_index", {"the": 1}, "a JSON text"),
        ("tokenizer_from_json", "word_index", '{"the": 1, "the": 2}', "'the' is there twice"),
        ("tokenizer_from_json", "word_index", '{"the": "1"}', "'the': expected a whole number"),
        ("tokenizer_from_json", "word_index", '{"the": -1}', "'the': expected a whole number"),
        ("tokenizer_from_json", "word_index", "[1]", "a dictionary; got [1] (list)"),
        ("tokenizer_from_json", "word_index", "[" * 100_000, "nested deeper"),
        ("tokenizer_from_json", "index_word", '{"one": "the"}', "numbers of words as keys"),
        ("tokenizer_from_json", "index_word", '{"1": 1}', "'1': expected a word; got 1 (int)"),
        ("tokenizer_from_json", "index_word", '{"1": "a", "01": "b"}', "twice"),
        ("tokenizer_from_json", "index_docs", '{"1": 1.5}', "expected a whole number"),
        ("tokenizer_from_json", "word_counts", '{"the": null}', "expected a whole number"),
        ("timeseries_generator_from_json", "length", "2", "a whole number from 1; got '2' (str)"),
        ("timeseries_generator_from_json", "length", 2**62, "a whole number from 1"),
        ("timeseries_generator_from_json", "shuffle", 2, "true or false; got 2 (int)"),
        ("timeseries_generator_from_json", "data", "[[1], [1, 2]]", "lists of equal lengths"),
        ("timeseries_generator_from_json", "data", '{"a": 1}', "lists of equal lengths"),
        ("timeseries_generator_from_json", "data", [1, 2], "a JSON text"),
        ("timeseries_generator_from_json", "targets", "[1, 2]", "equally long"),
        ("timeseries_generator_from_json", "start_index", None, "a whole number from 0"),
    ],
)
def test_entries_of_another_form(reader: str, name: str, value: Any, fact: str) -> None:
    whole, read = READERS[reader]
    data = json.loads(whole())
    data["config"][name] = value
    with pytest.raises(ValueError) as caught:
        read(json.dumps(data))
    message = str(caught.value)
    assert fact in message
    assert name in message or fact == "equally long"
    assert not [raw for raw in RAW if raw in message], message


@pytest.mark.parametrize("reader", READERS)
def test_mutants(reader: str) -> None:
    whole, read = READERS[reader]
    refusals = []
    for text, changed in _mutants(json.loads(whole())):
        try:
            read(text)
        except ValueError as error:
            refusals.append((changed, str(error)))
    assert len(refusals) > 250
    for changed, message in refusals:
        assert not [raw for raw in RAW if raw in message], (changed, message)
        assert len(message) < 400


def _mutants(data: Any) -> Iterator[tuple[str, str]]:
    """Texts in which an entry of any depth is another value, or is missing."""
    draw = random.Random(0)
    nested = [n for n, v in data["config"].items() if isinstance(v, str) and v[:1] in ("{", "[")]
    values = [None, True, -1, 2.5, 2**62, "x", "", [], {}, [[1], 2], {"a": {}}, 1e308]
    for _ in range(400):
        changed = copy.deepcopy(data)
        for name in nested:
            changed["config"][name] = json.loads(changed["config"][name])
        own, path = changed, []
        while True:
            key = draw.choice(list(own) if isinstance(own, dict) else range(len(own)))
            path.append(key)
            if not isinstance(own[key], dict | list) or not own[key] or draw.random() < 0.2:
                break
            own = own[key]
        if draw.random() < 0.2:
            del own[path[-1]]
        else:
            own[path[-1]] = draw.choice(values)
        config = changed.get("config")
        if isinstance(config, dict):
            for name in set(nested) & set(config):
                config[name] = json.dumps(config[name])
        yield json.dumps(changed), str(path)


def test_whole_texts_of_others() -> None:
    """What people do to a vocabulary by hand, and series with values that are missing."""
    tokenizer = tokenizer_from_json(_tokenizer())
    tokenizer.word_index["<pad>"] = 0
    tokenizer.index_word[0] = "<pad>"
    again = tokenizer_from_json(tokenizer.to_json().encode())
    assert again.word_index == tokenizer.word_index
    assert again.index_word == tokenizer.index_word
    series = TimeseriesGenerator([1.0, np.nan, 3.0, 4.0], [1, 2, 3, 4], 2)
    read = timeseries_generator_from_json(series.to_json())
    np.testing.assert_array_equal(read[0][0], series[0][0])
