"""Arrow arrays out of Python's own values, made from buffers.

To look at an object, `pyarrow.array` first loads pandas: 55 MiB, and a third of what starting
costs. Nothing on the way of a file needs pandas.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import pyarrow as pa

_MOST = 2**31 - 1  # bytes that 32-bit offsets reach


def numbers(
    values: np.ndarray | Sequence[float | None], kind: pa.DataType | None = None
) -> pa.Array:
    """Return an array of as many numbers; None is null.

    Parameters
    ----------
    kind : DataType, optional
        Of fixed width and not boolean; else that of the numpy array.
    """
    valid = None
    if not isinstance(values, np.ndarray) and None in values:
        valid, values = _known(values), [value or 0 for value in values]
    kind = kind or pa.from_numpy_dtype(values.dtype)
    held = np.ascontiguousarray(values, dtype=kind.to_pandas_dtype())
    return pa.Array.from_buffers(kind, len(held), [valid, pa.py_buffer(held)])


def truths(values: np.ndarray) -> pa.Array:
    """Return a boolean array of as many values, none of them null."""
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, _bits(values)])


def texts(values: Sequence[str | None]) -> pa.Array:
    """Return an array of as many texts; None is null."""
    found = [None if value is None else value.encode() for value in values]
    return _strung(found, pa.string(), pa.large_string())


def blobs(values: Sequence[bytes | None]) -> pa.Array:
    """Return an array of as many byte strings; None is null."""
    return _strung(values, pa.binary(), pa.large_binary())


def _strung(values: Sequence[bytes | None], kind: pa.DataType, large: pa.DataType) -> pa.Array:
    has_null = None in values
    held = [value or b"" for value in values] if has_null else values
    ends = np.fromiter(accumulate(map(len, held), initial=0), np.int64, len(held) + 1)
    if ends[-1] > _MOST:
        kind = large
    else:
        ends = ends.astype(np.int32)
    valid = _known(values) if has_null else None
    buffers = [valid, pa.py_buffer(ends), pa.py_buffer(b"".join(held))]
    return pa.Array.from_buffers(kind, len(held), buffers)


def _known(values: Sequence[object]) -> pa.Buffer:
    return _bits(np.fromiter((value is not None for value in values), bool, len(values)))


def _bits(values: np.ndarray) -> pa.Buffer:
    return pa.py_buffer(np.packbits(values, bitorder="little"))
