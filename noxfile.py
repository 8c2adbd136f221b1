"""Every question one can ask of this repository, each a nox session; `nox --list` tells them all.

The packages are built as wheels and installed from those files, so what is tested is what users
get. TensorFlow takes a minute to install: an environment that has it is kept for the next time, and
our own packages are removed from it when a session starts.
"""

from __future__ import annotations

from pathlib import Path

import nox

ROOT = Path(__file__).parent
WHEELS = ROOT / "build" / "wheels"
STRANGERS = tuple(
    ROOT / "examples" / "plugins" / name
    for name in ("kcore-gated", "iris-dataset", "kcore-crf", "kcore-runs")
)

# Each package with those of ours that it stands on, in the order of installation.
PACKAGES = {
    "kcore": ("kcore",),
    "klayers": ("kcore", "klayers"),
    "kpreprocess": ("kpreprocess",),
    "kapps": ("kcore", "klayers", "kapps"),
    "kdatasets": ("kdatasets",),
}
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "venv"
nox.options.sessions = ["tests"]
nox.options.error_on_missing_interpreters = True


def install_group(session: nox.Session, *names: str) -> None:
    """Installs dependency groups of pyproject.toml."""
    session.install("--quiet", *nox.project.dependency_groups(PROJECT, *names))


def build(session: nox.Session, *folders: Path) -> list[Path]:
    """Builds a wheel of each folder and returns the files."""
    session.run(
        *("python", "-m", "pip", "wheel", "--quiet", "--no-deps"),
        *("--wheel-dir", str(WHEELS)),
        *map(str, folders),
    )
    names = [folder.name.replace("-", "_") for folder in folders]
    return [
        max(WHEELS.glob(f"{name}-*.whl"), key=lambda file: file.stat().st_mtime) for name in names
    ]


def start(session: nox.Session, *groups: str) -> dict[str, Path]:
    """Empties the environment of our packages, installs groups, and builds our wheels."""
    ours = (*PACKAGES, *(stranger.name for stranger in STRANGERS))
    session.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", *ours)
    install_group(session, *groups)
    wheels = build(session, *(ROOT / "packages" / name for name in PACKAGES))
    return dict(zip(PACKAGES, wheels, strict=True))


def install_wheels(session: nox.Session, *files: Path) -> None:
    """Installs wheels by their file names: ours are never looked up in an index."""
    session.install("--quiet", *map(str, files))


def pytest(session: nox.Session, *places: str) -> None:
    """Runs tests; arguments after `--` go to pytest."""
    session.run("python", "-m", "pytest", *places, *session.posargs)


def test_package(session: nox.Session, name: str) -> None:
    """Runs the tests of one package, and the examples in its docstrings."""
    pytest(session, f"tests/{name}")
    session.run("python", "-m", "pytest", "--doctest-modules", "--pyargs", name)


@nox.session(reuse_venv=True)
def tests(session: nox.Session) -> None:
    """All that must hold: each package alone, all together, strangers, oracles, lint, types."""
    for other in ("lint", "types", "imports", "alone(kpreprocess)", "alone(kdatasets)"):
        session.notify(other)
    wheels = start(session, "tests")
    # Each step adds to the same environment, so that each package is tested before those above it.
    for package in ("kcore", "klayers", "kapps"):
        install_wheels(session, wheels[package])
        test_package(session, package)
    install_wheels(session, wheels["kpreprocess"], wheels["kdatasets"])
    install_group(session, "integration")
    pytest(session, "tests/integration")
    test_strangers(session)
    install_group(session, "oracle")
    pytest(session, "tests/oracle")


def test_strangers(session: nox.Session) -> None:
    """Runs the tests about plugins; from wheels the examples' tests, kit, and away and back."""
    pytest(session, "tests/plugins")
    wheels = dict(zip(STRANGERS, build(session, *STRANGERS), strict=True))
    install_wheels(session, *wheels.values())
    for stranger in STRANGERS:
        pytest(session, str(stranger / "tests"))
    for stranger in STRANGERS:
        session.run("kcore", "check", stranger.name)
    files = str(ROOT / "build" / "away-and-back")
    crf = next(folder for folder in STRANGERS if folder.name == "kcore-crf")
    step = ("python", "tests/plugins/away_and_back.py")
    session.run(*step, "save", files)
    session.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", crf.name)
    session.run(*step, "missing", files)
    install_wheels(session, wheels[crf])
    session.run(*step, "load", files)


@nox.session(reuse_venv=False)
@nox.parametrize("package", [nox.param(name, id=name) for name in PACKAGES])
def alone(session: nox.Session, package: str) -> None:
    """One package in a fresh environment: build, install it with what it needs, run its tests."""
    wheels = build(session, *(ROOT / "packages" / name for name in PACKAGES[package]))
    install_wheels(session, *wheels)
    install_group(session, "tests")
    test_package(session, package)


@nox.session(reuse_venv=True)
def integration(session: nox.Session) -> None:
    """What crosses packages, with all five installed."""
    install_wheels(session, *start(session, "tests", "integration").values())
    pytest(session, "tests/integration")


@nox.session(reuse_venv=True)
def oracle(session: nox.Session) -> None:
    """Equality with Keras and tf_keras: losses, weights, files."""
    install_wheels(session, *start(session, "tests", "oracle").values())
    pytest(session, "tests/oracle")


@nox.session(reuse_venv=True)
def plugins(session: nox.Session) -> None:
    """Strangers' plugins: broken ones break nothing, the example works from its wheel."""
    install_wheels(session, *start(session, "tests", "integration").values())
    test_strangers(session)


@nox.session(reuse_venv=True)
def ray(session: nox.Session) -> None:
    """Ray Train's workers as a plugin; apart from the tests, because Ray is large."""
    folder = ROOT / "examples" / "plugins" / "kcore-ray"
    install_wheels(session, *start(session, "tests").values(), *build(session, folder))
    pytest(session, str(folder / "tests"))


@nox.session(reuse_venv=True)
def quickstart(session: nox.Session) -> None:
    """The main job on real data: load, train, evaluate, save, load again, plot, use a plugin."""
    install_wheels(session, *start(session, "quickstart").values())
    session.run("python", "examples/quickstart.py", *session.posargs)


@nox.session(reuse_venv=True)
def examples(session: nox.Session) -> None:
    """The longer examples, on real data: fine-tuning a known network, and MNIST (downloaded)."""
    install_wheels(session, *start(session, "quickstart").values())
    session.run("python", "examples/fine_tune.py", *session.posargs)
    session.run("python", "examples/mnist.py")


@nox.session(reuse_venv=True)
def bench(session: nox.Session) -> None:
    """Speed and memory against other frameworks in the same run; writes a report with ratios."""
    install_wheels(session, *start(session, "bench").values())
    session.run("python", "benchmarks/run.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and common mistakes (ruff); `nox -s lint -- --fix` mends what can be mended."""
    install_group(session, "lint")
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", *(() if "--fix" in session.posargs else ("--check",)))


@nox.session
def types(session: nox.Session) -> None:
    """Types of all packages (mypy, strict)."""
    install_group(session, "types")
    session.run("mypy", *(argument for name in PACKAGES for argument in ("--package", name)))


@nox.session
def imports(session: nox.Session) -> None:
    """Which part may import which (import-linter); the contract is in pyproject.toml."""
    install_group(session, "imports")
    sources = [str(ROOT / "packages" / name / "src") for name in PACKAGES]
    session.run("lint-imports", env={"PYTHONPATH": ":".join(sources)})
