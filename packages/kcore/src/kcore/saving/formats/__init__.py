"""File formats, each a component of kind file_format."""
