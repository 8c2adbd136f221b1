"""Text to words, words to numbers."""

from __future__ import annotations

from .folder import TextBatches, text_dataset_from_directory
from .tokenizer import Tokenizer, tokenizer_from_json
from .words import hashing_trick, one_hot, register_analyzer, text_to_word_sequence

__all__ = [
    "TextBatches",
    "Tokenizer",
    "hashing_trick",
    "one_hot",
    "register_analyzer",
    "text_dataset_from_directory",
    "text_to_word_sequence",
    "tokenizer_from_json",
]
