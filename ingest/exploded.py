"""A row per element of a list in JSON, with what stands around it."""

from __future__ import annotations

from ingest.contract_mapping import Mapping
from ingest.for_each import filled
from ingest.formats.json import elements_sql
from ingest.formats.named import is_named, named_elements_sql, parents_read


def exploded(mapping: Mapping, repeated: dict[str, object], rows: str) -> str:
    """Return the select of one row per element of a list in JSON, and of what stands around it."""
    texts = mapping.texts()
    # to number elements, or to carry what is around them along, is work that few ask for
    parents = parents_read(texts)
    numbered = any("item_number" in text for text in texts)
    number = ", generate_subscripts(_elements, 1) as item_number" if numbered else ""
    if not (parents or is_named(mapping.explode)):
        elements = elements_sql("record", _list_path(mapping.explode, repeated))
        if not numbered:
            return f"select *, unnest({elements}) as item from ({rows})"
        rows = f"select *, {elements} as _elements from ({rows})"
        return f"select * exclude (_elements), unnest(_elements) as item{number} from ({rows})"
    path = filled(mapping.explode, repeated)
    path = path if is_named(path) else _list_path(path, repeated)
    elements = named_elements_sql("record", path, has_parents=bool(parents))
    around = "".join(
        f", _named.parents[-{each + 1}] as parent{each if each > 1 else ''}"
        for each in range(1, parents + 1)
    )
    rows = f"select *, {elements} as _elements from ({rows})"
    rows = f"select * exclude (_elements), unnest(_elements) as _named{number} from ({rows})"
    return (
        "select * exclude (_named), _named.item as item, _named.keys as keys, "
        f"_named.keys[-1] as key{around} from ({rows})"
    )


def _list_path(path: str, repeated: dict[str, object]) -> str:
    path = filled(path, repeated)
    return path if path.endswith("[*]") else f"{path}[*]"
