"""The one catalogue of what the app says: key → (English, Russian)."""

from __future__ import annotations

from app.words import (
    access,
    care,
    churn,
    codes,
    common,
    customer,
    desk,
    effects,
    features,
    journeys,
    metrics,
    models,
    overview,
    preferences,
    runs,
    service,
    slices,
)

CATALOGUE: dict[str, tuple[str, str]] = {
    **common.WORDS,
    **access.WORDS,
    **codes.WORDS,
    **slices.WORDS,
    **overview.WORDS,
    **service.WORDS,
    **churn.WORDS,
    **customer.WORDS,
    **care.WORDS,
    **models.WORDS,
    **effects.WORDS,
    **features.WORDS,
    **desk.WORDS,
    **preferences.WORDS,
    **journeys.WORDS,
    **metrics.WORDS,
    **runs.WORDS,
}
