"""Fixtures for the tests of kpreprocess."""

from __future__ import annotations

from pathlib import Path

import pytest

REAL_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def real_images() -> Path:
    """Folder with real pictures; absent outside the project's own machines."""
    folder = REAL_DATA / "images"
    if not folder.is_dir():
        pytest.skip(f"the folder with real data files is absent: {folder}")
    return folder
