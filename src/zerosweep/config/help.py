"""Text of `python src/train.py --help`: each group with its options, and each setting with its value and meaning.

Hydra fills the template in conf/config.yaml with these texts when it shows the help, so they cost other commands
nothing.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import Field, fields, is_dataclass
from inspect import cleandoc
from types import MappingProxyType
from typing import Any

from omegaconf import DictConfig, OmegaConf

from zerosweep.masking import masked
from zerosweep.places import CONF
from zerosweep.plugins.parts import PARTS
from zerosweep.recipe import Range
from zerosweep.tracking.params import as_typed

WIDTH, COLUMN = 120, 36
"""Characters of a line, and of the column with a setting and its value."""

OF_HYDRA = ("hydra.sweeper", "hydra.launcher")
"""Sections of Hydra's own configuration whose settings are explained too."""

SECTIONS = r"(?:Args|Attributes|Returns|Raises|Yields):\s"


def groups(loader: Any) -> str:
    """Return a line for each config group with its options, of which one may be marked as the default.

    Args:
        loader: Hydra's config loader, which knows the options of the folders that the command line adds, too.
    """
    written = OmegaConf.load(CONF / "config.yaml")
    assert isinstance(written, DictConfig)
    default = {
        group: option for entry in written.defaults if isinstance(entry, Mapping) for group, option in entry.items()
    }
    lines = []
    for group in sorted({*loader.list_groups("")} - {"hydra"}, key=lambda group: (group == "sweeps", group)):
        options = loader.get_group_options(group)
        marked = (f"{name} (default)" if name == default.get(group) else name for name in options)
        lines += textwrap.wrap(f"{group}: {', '.join(marked)}", WIDTH, subsequent_indent="    ")
    others = [f"{kind} {name}" for kind, name in PARTS if not (CONF / kind).is_dir()]
    lines += textwrap.wrap(f"Of plugins: {', '.join(others)}", WIDTH, subsequent_indent="    ") if others else []
    return "\n".join(lines)


def settings(schema: type, cfg: DictConfig) -> str:
    """Return a line or more for each setting of a composed configuration: its name, its value and its meaning.

    Args:
        schema: The dataclass of the top level.
        cfg: The configuration. Its values are shown, whether they are defaults or were given.

    Returns:
        The text, with secrets masked, and with each $ doubled for Hydra's template.
    """
    sections = {name: kind for name in cfg if (kind := _schema(cfg, str(name))) is not None}
    top = {name: text for name, text in explanations(schema).items() if name in cfg and name not in sections}
    lines = [*_lines("", top, cfg)]
    choices = OmegaConf.select(cfg, "hydra.runtime.choices", default={})
    for name in [*map(str, sections), *OF_HYDRA]:
        kind = _schema(cfg, name)
        if kind is not None:
            option = choices.get(name.replace(".", "/"))
            about = summary(kind)
            lines += ["", *_wrapped(f"{name.replace('.', '/')}={option}" if option else name, about)]
            lines += _lines(f"{name}.", explanations(kind, comments(name, option)), OmegaConf.select(cfg, name))
    return masked("\n".join(lines)).replace("$", "$$")


def summary(schema: type) -> str:
    """Return the first paragraph of a dataclass's docstring, up to the explanation of its first field."""
    first = _docstring(schema).partition("\n\n")[0]
    return " ".join(re.split(rf"{_entry(schema)}|{SECTIONS}", first)[0].split())


def explanations(schema: type, comments: Mapping[str, str] = MappingProxyType({})) -> dict[str, str]:
    """Return what each field of a dataclass means, by name.

    The docstring of the dataclass, or else of a base class, explains a field as `name: text`, in a sentence or in a
    section `Attributes:`. A field that no docstring explains has its comment, or else its allowed values, or "".

    Args:
        schema: The dataclass.
        comments: Comments on fields, by name.
    """
    found: dict[str, str] = {}
    for kind in schema.__mro__:
        if is_dataclass(kind):
            own: dict[str, list[str]] = {}
            for name, text in _entries(schema, _docstring(kind)):
                own.setdefault(name, []).append(text)
            found = {name: "; ".join(texts) for name, texts in own.items()} | found
    return {
        field.name: found.get(field.name) or comments.get(field.name) or _allowed(field)
        for field in fields(schema)
        if not field.name.startswith("_")
    }


def comments(group: str, option: str | None) -> dict[str, str]:
    """Return the comments behind the settings in the file of an option, by setting."""
    file = CONF / group / f"{option}.yaml"
    return dict(re.findall(r"^(\w+): .*? # (.+)$", file.read_text(), re.MULTILINE)) if file.is_file() else {}


def _docstring(schema: type) -> str:
    """Return a dataclass's own docstring; "" for the one that Python writes in its place."""
    written = schema.__dict__.get("__doc__") or ""
    return "" if written.startswith(f"{schema.__name__}(") else cleandoc(written)


def _entries(schema: type, docstring: str) -> Iterator[tuple[str, str]]:
    for paragraph in docstring.split("\n\n"):
        starts = list(re.finditer(_entry(schema), paragraph))
        ends = [*(start.start() for start in starts), len(paragraph)]
        for start, end in zip(starts, ends[1:], strict=True):
            text = " ".join(paragraph[start.end() : end].split()).rstrip(".;, ")
            for name in re.split(r", | or ", start["names"]):
                yield name, text


def _entry(schema: type) -> str:
    """Return a pattern for the beginning of an explanation, as in `lr: `, `l1, l2: ` or `epsilon > 0`.

    At the beginning of a paragraph `clip = 0: ` is one too.
    """
    name = "|".join(re.escape(field.name) for field in fields(schema)) or "(?!)"
    names = rf"(?:{name})(?:(?:, | or )(?:{name}))*"
    return rf"(?:^|(?<=\s))(?=(?:{names})(?::\s|\s[<>]=?\s)|(?<!\s)(?:{names})\s=\s)(?P<names>{names}):?\s+"


def _allowed(field: Field[Any]) -> str:
    if "choices" in field.metadata:
        return f"must be one of {', '.join(field.metadata['choices'])}"
    allowed = field.metadata.get("range", Range())
    return str(allowed) if allowed != Range() else ""


def _schema(cfg: DictConfig, name: str) -> type | None:
    """Return the dataclass of a section; None for a value, and for a section without a schema of the project."""
    node = OmegaConf.select(cfg, name)
    kind = OmegaConf.get_type(node) if isinstance(node, DictConfig) else None
    return kind if kind is not None and is_dataclass(kind) and kind.__module__.split(".")[0] != "hydra" else None


def _lines(prefix: str, meanings: Mapping[str, str], section: DictConfig) -> Iterator[str]:
    for name, text in meanings.items():
        value = section[name]
        plain = OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
        yield from _wrapped(f"  {prefix}{name}={as_typed(plain)}", text, COLUMN)


def _wrapped(head: str, text: str, column: int = 0) -> list[str]:
    """Return lines with a head and a text, which begins in a column of its own unless `column` is 0."""
    begins = f"{head}: " if not column else f"{head:<{column - 2}}  "
    if not text:
        return [head]
    if len(begins) > max(column, 0) > 0:
        return [head, *textwrap.wrap(text, WIDTH, initial_indent=" " * column, subsequent_indent=" " * column)]
    return textwrap.wrap(f"{begins}{text}", WIDTH, subsequent_indent=" " * (column or 4), drop_whitespace=True)
