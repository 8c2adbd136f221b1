"""What fifty installed plugins cost: importing kcore, `kcore list layers`, `kcore doctor`.

    python benchmarks/bench_plugins.py

Fifty distributions with a table each are written into a folder; every figure is the median of new
processes with and without that folder on the path, taken in turns. Prints the milliseconds of both
and their difference, and how many times the start of Python (`python -c pass`) a command takes.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PLUGINS, ROUNDS = 50, 15
TABLE = """
import pluggy

hookimpl = pluggy.HookimplMarker("kcore")
KCORE_API = ">=0.1,<1"

@hookimpl
def kcore_components():
    return [("layer", "Dummy{number}", "dummy_{number}.layers:Dummy{number}")]
"""
WORKS = {
    "start of Python": "pass",
    "import kcore": "import kcore",
    "import kcore, a layer": "import kcore.layers; kcore.layers.InputLayer",
    "kcore list layers": "from kcore.cli import main; main(['list', 'layers'])",
    "kcore doctor": "from kcore.cli import main; main(['doctor'])",
}


def install(folder: Path) -> None:
    """Writes the plugins as pip would install them."""
    for number in range(PLUGINS):
        package, info = folder / f"dummy_{number}", folder / f"dummy_{number}-1.0.dist-info"
        for path in (package, info):
            path.mkdir()
        (package / "__init__.py").write_text("")
        (package / "plugin.py").write_text(TABLE.format(number=number))
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: dummy-{number}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(
            f"[kcore.plugins]\ndummy_{number} = dummy_{number}.plugin\n"
        )


def milliseconds(code: str, folder: Path | None) -> float:
    """The time of a new process."""
    path = os.pathsep.join(filter(None, [str(folder or ""), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": path}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as users have it
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.DEVNULL, check=False
    )
    return (time.perf_counter() - start) * 1e3


def main() -> None:
    """Measures in turns and prints a table."""
    clocks: dict[tuple[str, bool], list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        install(folder)
        for _ in range(ROUNDS + 1):  # the first writes the compiled files, and does not count
            for work, code in WORKS.items():
                for place in (None, folder):
                    times = clocks.setdefault((work, place is not None), [])
                    times.append(milliseconds(code, place))
    print(f"| work (ms) | no plugin | {PLUGINS} plugins | difference | times the start |")
    print("| --- | --- | --- | --- | --- |")
    start = statistics.median(clocks["start of Python", False][1:])
    for work in WORKS:
        without, with_ = (statistics.median(clocks[work, some][1:]) for some in (False, True))
        print(
            f"| {work} | {without:.1f} | {with_:.1f} | {with_ - without:+.1f} | "
            f"{with_ / start:.1f} |"
        )


if __name__ == "__main__":
    main()
