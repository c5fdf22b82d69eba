"""Values as YAML that a person can edit and `mockserver.openapi.yaml` reads as they were; reads nothing."""

from __future__ import annotations

from typing import Any

import yaml

from mockserver.openapi.yaml import is_text

_TEXT = "tag:yaml.org,2002:str"


class _Dumper(yaml.CSafeDumper):
    """YAML without anchors: what is alike is written out, so that one place can be edited alone."""

    def ignore_aliases(self, _: Any) -> bool:
        """Never an alias."""
        return True


def _text(dumper: yaml.CSafeDumper, value: str) -> yaml.ScalarNode:
    # PyYAML goes by YAML 1.1, where 0891 and 1e5 are texts; who reads them by 1.2 would see numbers.
    style = "'" if not is_text(value) else None
    node: yaml.ScalarNode = dumper.represent_scalar(_TEXT, value, style=style)
    return node


_Dumper.add_representer(str, _text)


def to_yaml(value: Any) -> str:
    """YAML of a JSON value, in the order of its keys."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text
