"""`python -m kcore` is the command `kcore`."""

from __future__ import annotations

from kcore.cli import main

if __name__ == "__main__":
    main(prog_name="kcore")
