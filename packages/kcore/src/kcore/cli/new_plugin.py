"""`kcore new-plugin NAME`: makes the package of a plugin that installs and passes its tests."""

from __future__ import annotations

import importlib
import keyword
import re
from pathlib import Path

import click

from kcore.cli import show
from kcore.plugins.table import API_VERSION

# kinds whose component is a function or module, named with small letters
_FUNCTIONS = ("dataset", "preprocessor")
_KINDS = (
    *("application", "callback", "layer", "loss", "metric", "optimizer"),
    *_FUNCTIONS,
)
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@click.command("new-plugin")
@click.argument("name")
@click.option("--kind", type=click.Choice(sorted(_KINDS)), default="layer", show_default=True)
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def new_plugin(name: str, kind: str, into: Path, as_json: bool) -> None:
    """Make the package NAME, with one component of a KIND, in a folder of that name.

    NAME is that of the distribution: small letters, digits and dashes, such as kcore-gated.
    """
    package = name.replace("-", "_")
    if not _NAME.fullmatch(name) or keyword.iskeyword(package):
        raise click.BadParameter(
            f"NAME must be small letters, digits and dashes, such as 'kcore-gated'; received "
            f"{name!r}."
        )
    folder = into / name
    if folder.exists():
        raise click.ClickException(f"{folder} exists. Choose another name, or remove it.")
    words = name.removeprefix("kcore-").split("-")
    module = "_".join(words) if not words[0][0].isdigit() else f"the_{'_'.join(words)}"
    if keyword.iskeyword(module) or module in ("plugin", "checks"):
        module += "_component"
    camel = "".join(word.capitalize() for word in module.split("_"))
    component = module if kind in _FUNCTIONS else camel
    facts = {
        "distribution": name,
        "package": package,
        "kind": kind,
        "module": module,
        "component": component,
        "attribute": "" if kind == "dataset" else f":{component}",
        "api": API_VERSION,
    }
    files = _files(facts)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    if as_json:
        show.as_json({"folder": str(folder), "files": sorted(files), **facts})
        return
    click.echo(f"Made {folder} with the {kind} {package}/{component}. Next:\n")
    click.echo(f"cd {folder}\npip install -e '.[test]'\npytest\nkcore check {name}")


def _files(facts: dict[str, str]) -> dict[str, str]:
    """The text of each file by its path in the package's folder."""
    # Imported when it is run: listing the commands does not need it.
    jinja2 = importlib.import_module("jinja2")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("kcore.cli"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    source, module = f"src/{facts['package']}", facts["module"]
    templates = {
        ".github/workflows/tests.yml": "workflow.yml",
        "README.md": "README.md",
        "pyproject.toml": "pyproject.toml",
        f"{source}/__init__.py": "init.py",
        f"{source}/plugin.py": "plugin.py",
        f"{source}/checks.py": "checks.py",
        f"{source}/{module}.py": f"kinds/{facts['kind']}.py",
        f"tests/test_{module}.py": "test.py",
    }
    return {
        path: environment.get_template(f"{template}.j2").render(facts)
        for path, template in templates.items()
    }
