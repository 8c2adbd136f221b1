"""Adapters: whatever users train on, turned into chunks of batches."""

from __future__ import annotations

from kcore.data.adapter import Chunk, Options, Source, as_source
from kcore.data.sequence import PyDataset, Sequence

__all__ = ["Chunk", "Options", "PyDataset", "Sequence", "Source", "as_source"]
