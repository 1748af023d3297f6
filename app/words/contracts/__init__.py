"""The metric catalogue's definitions and formulas in Russian, by their English text.

As in gettext the English text is the key: a release whose contract says something else is shown
in its own English, and a contract written anew fails the test until it is translated anew.
"""

from __future__ import annotations

from app.words.contracts import (
    bills,
    churn,
    contacts,
    models,
    network,
    orders,
    running,
    suffering,
    surveys,
)

RUSSIAN: dict[str, str] = {
    **surveys.RUSSIAN,
    **contacts.RUSSIAN,
    **network.RUSSIAN,
    **orders.RUSSIAN,
    **churn.RUSSIAN,
    **bills.RUSSIAN,
    **suffering.RUSSIAN,
    **models.RUSSIAN,
    **running.RUSSIAN,
}
