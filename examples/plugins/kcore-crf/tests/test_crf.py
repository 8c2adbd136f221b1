"""The chain is exact, its parts pass the kit, and it learns what single steps cannot tell."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kcore_crf import chain, checks
from kcore_crf.layers import CRF

import kcore
from kcore.layers import Embedding, Input, Viterbi
from kcore.testing import check_plugin, conformance


@conformance(checks.crf())
def test_the_layer(check: Any) -> None:
    assert check.says


@conformance(checks.viterbi())
def test_decoding(check: Any) -> None:
    assert check.says


@conformance(checks.loss())
def test_the_loss(check: Any) -> None:
    assert check.says


@conformance(checks.metric())
def test_the_metric(check: Any) -> None:
    assert check.says


@conformance(check_plugin("kcore_crf"))
def test_the_plugin(check: Any) -> None:
    assert check.says


def enumerated(scores: Any) -> dict[tuple[int, ...], float]:
    """The score of every sequence of tags, one by one."""
    steps, tags = scores.shape[0], scores.shape[-1]
    return {
        path: float(sum(scores[t, path[max(t - 1, 0)], path[t]] for t in range(steps)))
        for path in itertools.product(range(tags), repeat=steps)
    }


@pytest.mark.parametrize(("steps", "tags"), [(1, 2), (2, 2), (4, 3), (5, 4)])
def test_it_equals_enumeration(steps: int, tags: int) -> None:
    rng = np.random.default_rng(steps)
    inputs = rng.normal(size=(3, steps, 6)) * 2
    layer = CRF(tags, dtype="float64")
    scores = layer(inputs)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    scores = np.asarray(layer(inputs))
    truth = rng.integers(0, tags, (3, steps))
    totals, paths = np.asarray(chain.log_partition(scores)), np.asarray(chain.viterbi(scores))
    told = np.asarray(chain.score_of(scores, truth))
    for row in range(3):
        every = enumerated(scores[row])
        total = np.log(np.sum(np.exp(list(every.values()))))
        np.testing.assert_allclose(totals[row], total, rtol=1e-12)
        np.testing.assert_allclose(told[row], every[tuple(truth[row])], rtol=1e-12)
        assert tuple(paths[row]) == max(every, key=every.__getitem__)


@pytest.mark.parametrize("length", [1, 3])
def test_masked_steps_do_not_count(length: int) -> None:
    rng = np.random.default_rng(0)
    inputs, tags = rng.normal(size=(2, 5, 4)).astype("float32"), rng.integers(0, 3, (2, 5))
    layer = CRF(3)
    mask = np.arange(5)[None] < [[length], [length]]
    padded, short = layer(inputs, mask=mask), layer(inputs[:, :length])
    for function in (
        chain.log_partition,
        lambda scores: chain.score_of(scores, tags[:, : scores.shape[1]]),
        lambda scores: chain.viterbi(scores)[:, :length],
    ):
        np.testing.assert_allclose(function(padded), function(short), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("tags", [1, 0, 2.5, True, "3"])
def test_tags_that_cannot_be(tags: object) -> None:
    with pytest.raises(ValueError, match="tags") as caught:
        CRF(tags)  # type: ignore[arg-type]
    assert repr(tags) in str(caught.value)


def test_targets_that_cannot_be() -> None:
    model = kcore.Sequential([Input((4, 2)), CRF(3)])
    model.compile("adam", loss="crf_negative_log_likelihood")
    x = np.zeros((2, 4, 2), "float32")
    with pytest.raises(ValueError, match="0 to 2") as caught:
        model.fit(x, np.full((2, 4), 3), verbose=0)
    assert "3 to 3" in str(caught.value)
    with pytest.raises(ValueError, match=r"\(None, 5\)"):
        model.fit(x, np.zeros((2, 5), int), verbose=0)


# A small tagging task: "can", "fish" and "duck" are nouns after a determiner or an adjective and
# verbs after a noun or a pronoun, so a word alone does not tell its tag.
NOUNS, VERBS = ["can", "fish", "duck", "cat", "dog"], ["can", "fish", "duck", "sleep", "sing"]
PLACES = {"determiner": ["the", "a"], "adjective": ["old", "big"], "noun": NOUNS, "verb": VERBS}
PLACES["pronoun"] = ["they", "we"]
TAGS = list(PLACES)
FORMS = [
    "determiner noun verb",
    "determiner adjective noun verb",
    "pronoun verb",
    "pronoun verb determiner noun",
    "determiner noun verb determiner adjective noun",
]
WORDS = ["", *sorted({word for words in PLACES.values() for word in words})]


def sentences(count: int, seed: int) -> tuple[Any, Any]:
    """Words and tags by number, padded with 0 to 6 steps."""
    rng = np.random.default_rng(seed)
    words, tags = np.zeros((count, 6), int), np.zeros((count, 6), int)
    for row in range(count):
        for step, tag in enumerate(rng.choice(FORMS).split()):
            words[row, step] = WORDS.index(rng.choice(PLACES[tag]))
            tags[row, step] = TAGS.index(tag)
    return words, tags


def test_it_learns_to_tag_and_comes_back_from_a_file(tmp_path: Path) -> None:
    kcore.utils.set_random_seed(3)
    words, tags = sentences(200, seed=1)
    new_words, new_tags = sentences(50, seed=2)
    model = kcore.Sequential(
        [Input((6,), dtype="int32"), Embedding(len(WORDS), 8, mask_zero=True), CRF(len(TAGS))]
    )
    model.compile(
        kcore.optimizers.Adam(0.05), loss="crf_negative_log_likelihood", metrics=["crf_accuracy"]
    )
    history = model.fit(words, tags, epochs=15, batch_size=32, verbose=0).history
    assert history["loss"][-1] < 0.2 * history["loss"][0]
    logs = model.evaluate(new_words, new_tags, verbose=0, return_dict=True)
    # the best that one tag a word could do
    counts = np.zeros((len(WORDS), len(TAGS)))
    np.add.at(counts, (words[words > 0], tags[words > 0]), 1)
    alone = np.mean(counts.argmax(-1)[new_words[new_words > 0]] == new_tags[new_words > 0])
    assert alone < 0.9
    assert logs["crf_accuracy"] > 0.99
    tagger = kcore.Sequential([*model.layers, Viterbi()])
    found = tagger.predict(new_words, verbose=0)
    assert np.mean((found == new_tags)[new_words > 0]) == pytest.approx(logs["crf_accuracy"])
    file, data = tmp_path / "tagger.keras", tmp_path / "data.npz"
    tagger.save(str(file))
    np.savez(data, words=new_words, found=found)
    # a new process that does not import this package finds the layers by what the file says
    code = (
        "import sys, numpy, kcore\n"
        "data = numpy.load(sys.argv[2])\n"
        "model = kcore.models.load_model(sys.argv[1])\n"
        "assert (model.predict(data['words'], verbose=0) == data['found']).all()\n"
    )
    command = [sys.executable, "-c", code, str(file), str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
