"""The plugin host: finds what is installed and turns a kind and a name into a component.

Read in this order: `hookspecs` (what a plugin may implement), `scan` (entry points), `table` (one
plugin's rows), `host` (guarded loading), `catalogue` (names), `known` (names of packages that may
be missing), `builtin` (our rows).

Nothing here runs at `import kcore`; the first lookup reads the entry points.

Example:
    >>> from kcore.plugins.catalogue import catalogue
    >>> catalogue().find("layer", "Dense").identity  # doctest: +SKIP
    'klayers/Dense'
"""
