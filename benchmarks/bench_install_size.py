"""How much kpreprocess and kdatasets put on a disk, each alone in an empty environment.

    python benchmarks/bench_install_size.py

Builds the wheel, downloads what it needs with pip, installs all into an empty folder and counts
bytes, by distribution: the wheels, the files they hold, and the caches of compiled modules that
Python writes at the first import of each. Prints a table for each package.
"""

from __future__ import annotations

import compileall
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("kpreprocess", "kdatasets")
MEGABYTE = 1e6


def pip(*arguments: str) -> None:
    """Runs pip, quietly."""
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True)


def owners(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each installed file with its distribution."""
    for distribution in distributions(path=[str(folder)]):
        for file in distribution.files or ():
            path = folder / file
            if path.suffix != ".pyc" and path.is_file():
                yield distribution.name.lower(), path


def measure(package: str, folder: Path) -> dict[str, tuple[float, float, float]]:
    """Megabytes by distribution: of the wheel, of its files, of their compiled caches."""
    wheels, installed = folder / "wheels", folder / "installed"
    pip("wheel", "--no-deps", "--wheel-dir", str(wheels), str(ROOT / "packages" / package))
    (own,) = wheels.glob(f"{package}-*.whl")
    pip("download", "--only-binary", ":all:", "--dest", str(wheels), str(own))
    files = sorted(map(str, wheels.glob("*.whl")))
    pip("install", "--no-index", "--no-deps", "--no-compile", "--target", str(installed), *files)
    compileall.compile_dir(installed, quiet=2)
    download = {Path(file).name.split("-")[0].lower(): Path(file).stat().st_size for file in files}
    held: Counter[str] = Counter()
    cached: Counter[str] = Counter()
    for name, path in owners(installed):
        held[name] += path.stat().st_size
        for cache in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            cached[name] += cache.stat().st_size
    sizes = {}
    for name in held:
        wheel = download.get(name.replace("-", "_"), 0)
        sizes[name] = (wheel / MEGABYTE, held[name] / MEGABYTE, cached[name] / MEGABYTE)
    return sizes


def main() -> None:
    """Prints a table a package."""
    for package in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            sizes = measure(package, Path(folder))
        print(f"\n| {package} (MB) | wheel | files | compiled caches | both |")
        print("| --- | --- | --- | --- | --- |")
        for name, (wheel, files, caches) in sorted(sizes.items(), key=lambda item: -item[1][1]):
            print(f"| {name} | {wheel:.1f} | {files:.1f} | {caches:.1f} | {files + caches:.1f} |")
        wheel, files, caches = (sum(column) for column in zip(*sizes.values(), strict=True))
        print(f"| all | {wheel:.1f} | {files:.1f} | {caches:.1f} | {files + caches:.1f} |")
        files, caches = (files - sizes["numpy"][1], caches - sizes["numpy"][2])
        print(f"| all but numpy | | {files:.1f} | {caches:.1f} | {files + caches:.1f} |")


if __name__ == "__main__":
    main()
