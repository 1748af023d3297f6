"""What a kind of customers is called."""

from __future__ import annotations

import pandas as pd

from app import i18n


def name_of(row: pd.Series | dict[str, object]) -> str:
    """Return what a segment is called: its letter and what sets it apart."""
    column = "segment_name_ru" if i18n.language() == "ru" else "segment_name"
    return f"{row['segment_id']}: {row[column]}"
