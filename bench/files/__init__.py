"""Files written whole or not at all, for every package that writes any."""

from bench.files.atomic import remove_file, replace_file, replaced_file

__all__ = ["remove_file", "replace_file", "replaced_file"]
