"""Measures one work of one framework in a process of its own and prints the figures as JSON.

Run by run.py: `python benchmarks/worker.py fit_dense kcore`.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parent))


def main() -> None:
    work, framework = sys.argv[1:3]
    module = importlib.import_module(f"works.{work}")
    figures = getattr(module, framework)()
    print("FIGURES " + json.dumps(figures))


if __name__ == "__main__":
    main()
