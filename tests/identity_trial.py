"""Two real sets of the same 7,043 customers, one with numbers of its own: who is found again?"""

from __future__ import annotations

import csv
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cx.build import run_dbt
from cx.settings import Settings
from cx.warehouse import connected, reading
from ingest.load import load_folder

SETS = ("ibm_telco", "ibm_cognos_split")
# Sixths of the customers that each set keeps: (of ibm_telco, of ibm_cognos_split).
OVERLAPS = {
    "all in both": (range(6), range(6)),
    "half of one in the other": (range(3, 6), range(6)),
    "two thirds each, one third in both": (range(4), (0, 1, 4, 5)),
    "nobody in both": (range(3), range(3, 6)),
}


@dataclass(frozen=True)
class Found:
    """What came of the looking: customers in both sets, links made, links that are right."""

    in_both: int
    linked: int
    right: int
    to_look_through: int

    @property
    def precision(self) -> float | None:
        return self.right / self.linked if self.linked else None

    @property
    def recall(self) -> float | None:
        return self.right / self.in_both if self.in_both else None


def own_number(customer: str) -> str:
    """Return a number that says nothing of the customer's own."""
    return "T" + str(int(_digest(f"number of {customer}")[:12], 16))


def sixth(customer: str) -> int:
    return int(_digest(f"sixth of {customer}")[:8], 16) % 6


def deliver(shared: Path, folder: Path, *, own_numbers: bool) -> list[str]:
    """Copy both sets, ibm_telco's rows in another order; return its customers."""
    for name in SETS:
        shutil.copytree(shared / name, folder / name)
    path = folder / "ibm_telco" / "Telco-Customer-Churn.csv"
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    place = header.index("customerID")
    customers = [row[place] for row in rows]
    if own_numbers:
        for row in rows:
            row[place] = own_number(row[place])
        rows.sort(key=lambda row: row[place])
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return customers


# what links customers, and what says of whom it is
LINKED = (
    "bdg_customer_xref", "customer_link_candidate", "customer_conflict",
    "dim_customer", "dim_account", "dim_subscription",
)  # fmt: skip


def loaded(shared: Path, folder: Path, *, own_numbers: bool) -> tuple[Settings, list[str]]:
    """Return a home that both sets were loaded into, and the customers."""
    customers = deliver(shared, folder / "extracts", own_numbers=own_numbers)
    settings = Settings(home=folder / "home")
    load_folder(folder / "extracts", settings)
    return settings, customers


def linked(settings: Settings) -> None:
    """Build what links customers and says where their systems disagree."""
    only = ("--resource-type", "seed", "--resource-type", "model")
    outcome = run_dbt(settings, "build", *only, "--select", *(f"+{model}" for model in LINKED))
    assert outcome.returncode == 0, outcome.stdout


def find_again(
    settings: Settings,
    customers: list[str],
    kept: tuple,
    link: Callable[[Settings], object] | None = None,
) -> Found:
    """Leave out whom a set does not keep, link, compare with the truth, put them back.

    The home stays where it is, because dbt would read the whole project again in another.
    """
    aside = settings.warehouse.with_suffix(".aside")
    shutil.copy(settings.warehouse, aside)
    try:
        return _found(settings, customers, kept, link or linked)
    finally:
        aside.replace(settings.warehouse)


def _found(
    settings: Settings, customers: list[str], kept: tuple, link: Callable[[Settings], object]
) -> Found:
    of_telco, of_cognos = kept
    gone = [own_number(each) for each in customers if sixth(each) not in of_telco]
    gone += [each for each in customers if sixth(each) not in of_cognos]
    with connected(settings) as connection:
        for table in ("customer", "billing_account", "product"):
            connection.execute(
                f"delete from raw.{table} where list_contains(?, customer_id)", [gone]
            )
    link(settings)
    truth = {own_number(each): each for each in customers}
    with reading(settings) as connection:
        links = connection.execute(
            "select source_key, customer_id from marts.bdg_customer_xref where rule = 'scored'"
        ).fetchall()
        open_pairs = connection.execute(
            "select count(*) from marts.customer_link_candidate where decision <> 'linked'"
        ).fetchone()[0]
    return Found(
        in_both=sum(sixth(each) in of_telco and sixth(each) in of_cognos for each in customers),
        linked=len(links),
        right=sum(truth.get(number) == customer for number, customer in links),
        to_look_through=open_pairs,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
