"""Tokenizer against the one of tf_keras: 5,000 texts of 200 words, one core, results compared.

    python benchmarks/bench_tokenizer.py

Texts are drawn from Zipf's law over 20,000 words, with capitals and punctuation, so that both
tokenizers have their usual work to do. Prints the ratio of the best times; above 1 is faster.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")

import numpy as np
from tf_keras.preprocessing.text import Tokenizer as PeerTokenizer

from kpreprocess.text import Tokenizer

TEXTS, WORDS, VOCABULARY, ROUNDS = 5_000, 200, 20_000, 7


def make_texts(seed: int = 1) -> list[str]:
    """Texts with the statistics of language: Zipf's law, capitals, commas and full stops."""
    draw = np.random.default_rng(seed)
    letters = np.array(list("etaoinshrdlucmfw"))
    names = ["".join(draw.choice(letters, draw.integers(2, 11))) for _ in range(VOCABULARY)]
    ranks = np.minimum(draw.zipf(1.25, (TEXTS, WORDS)) - 1, VOCABULARY - 1)
    ends = draw.choice(["", ",", "."], (TEXTS, WORDS), p=[0.85, 0.08, 0.07])
    return [
        " ".join(names[rank] + end for rank, end in zip(*row, strict=True)).capitalize()
        for row in zip(ranks, ends, strict=True)
    ]


def best(work: Callable[[], Any], clock: list[float]) -> Any:
    """Run once, note the processor time."""
    start = time.process_time()
    result = work()
    clock.append(time.process_time() - start)
    return result


def main() -> None:
    """Measure alternately, so that both see the same machine, and print a table."""
    texts = make_texts()
    clocks: dict[tuple[str, str], list[float]] = {}
    for _ in range(ROUNDS):
        results = []
        for name, kind in (("ours", Tokenizer), ("peer", PeerTokenizer)):
            tokenizer = kind(num_words=10_000, oov_token="?")
            fit, turn = (clocks.setdefault((name, step), []) for step in ("fit", "sequences"))
            best(lambda made=tokenizer: made.fit_on_texts(texts), fit)
            ids = best(lambda made=tokenizer: made.texts_to_sequences(texts), turn)
            results.append((ids, tokenizer.word_index, dict(tokenizer.word_docs)))
        if results[0] != results[1]:
            raise SystemExit("the results differ")
    print("| step | ours (s) | tf_keras (s) | ratio |\n| --- | --- | --- | --- |")
    total = {"ours": 0.0, "peer": 0.0}
    for step in ("fit", "sequences"):
        ours, peer = (min(clocks[name, step]) for name in ("ours", "peer"))
        total["ours"] += ours
        total["peer"] += peer
        print(f"| {step} | {ours:.3f} | {peer:.3f} | {peer / ours:.2f} |")
    print(
        f"| both | {total['ours']:.3f} | {total['peer']:.3f} | "
        f"{total['peer'] / total['ours']:.2f} |"
    )


if __name__ == "__main__":
    main()
