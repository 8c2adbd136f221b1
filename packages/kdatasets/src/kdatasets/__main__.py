"""Command line: python -m kdatasets list | info NAME | get NAME | verify NAME."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .card import Card
from .catalogue import find, installed
from .errors import DatasetError
from .source import cached, fetch

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None, program: str = "kdatasets") -> int:
    """Run one command.

    Args:
        arguments: The command line without the program; None (default) takes the process's own.
        program: What the command is called in its help. Default 'kdatasets'.

    Returns:
        0 if all went well, 1 if a data set is missing or damaged.

    Example:
        >>> main(["verify", "digits"])
        digits: part of the package
        0
    """
    parser = argparse.ArgumentParser(program, description="Data sets, verified and cached.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("list", help="every installed data set in a line")
    for name, text in (
        ("info", "the card of a data set"),
        ("get", "fetch the files of a data set into the cache"),
        ("verify", "check the files of a data set that are on this machine"),
    ):
        commands.add_parser(name, help=text).add_argument("name", metavar="NAME")
    given = parser.parse_args(arguments)
    try:
        if given.command == "list":
            return _list()
        card: Card = find(given.name).CARD
        if given.command == "info":
            print(card.describe())
            return 0
        return _get(card) if given.command == "get" else _verify(card)
    except DatasetError as error:
        print(error, file=sys.stderr)
        return 1


def _list() -> int:
    targets, faults = installed()
    for identity in targets:
        card: Card = find(identity).CARD
        state = "embedded"
        if card.files:
            here = all(map(cached, card.files))
            state = "cached" if here else f"{card.size / 1e6:.1f} MB to fetch"
        print(f"{identity:<30} {state:<18} {card.summary}")
    for name, fault in faults.items():
        print(f"The plugin {name} could not be read: {fault}", file=sys.stderr)
    return 0


def _get(card: Card) -> int:
    for file in card.files:
        print(fetch(file))
    if not card.files:
        print(f"{card.name}: part of the package")
    return 0


def _verify(card: Card) -> int:
    places = {file: cached(file) for file in card.files}
    for file, place in places.items():
        print(f"{file.name}: {f'right, {place}' if place else 'missing or damaged'}")
    if not card.files:
        print(f"{card.name}: part of the package")
    return 0 if all(places.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
