"""Where things live and how much of the machine we may use. Every path comes from here."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from cx.errors import UserError

REPO = Path(__file__).resolve().parents[1]
SHIPPED_CONTRACTS = REPO / "ingest" / "contracts"
# Fewest distinct customers a published figure may be about (C8).
FEWEST_CUSTOMERS = 10

# Nothing older is kept in a backup; what erasure receipts and docs/privacy.md say.
BACKUP_DAYS = 35


def fewest_customers() -> int:
    """Return k of small-cell suppression: CX_FEWEST_CUSTOMERS, else 10.

    Raises
    ------
    UserError
        When it is not a whole number from 2 to 1000.
    """
    given = os.environ.get("CX_FEWEST_CUSTOMERS", str(FEWEST_CUSTOMERS))
    if not given.isdigit() or not 2 <= int(given) <= 1000:
        raise UserError(
            f"CX_FEWEST_CUSTOMERS={given!r} is not a whole number from 2 to 1000; 10 is usual"
        )
    return int(given)


@dataclass(frozen=True)
class Settings:
    """Paths and limits for one run; built once in the command line, passed down, never changed.

    Parameters
    ----------
    home : Path
        The folder that holds everything generated (HOUSE.md, law 5).
    contracts : tuple of Path
        Folders that hold contracts, besides the shipped ones.
    memory_limit : str
        DuckDB's memory limit, for example ``4GB``.
    threads : int
        Threads DuckDB may use.
    fewest_customers : int
        k of small-cell suppression: how many customers a published figure must be about.
    backup_days : int
        Days a backup is kept at most.
    """

    home: Path = REPO / "var"
    contracts: tuple[Path, ...] = ()
    memory_limit: str = "4GB"
    threads: int = 2
    fewest_customers: int = FEWEST_CUSTOMERS
    backup_days: int = BACKUP_DAYS
    repo: Path = field(default=REPO, repr=False)

    @classmethod
    def from_env(
        cls, home: Path | None = None, contracts: tuple[Path, ...] | list[Path] = ()
    ) -> Settings:
        """Build settings from arguments, else from CX_HOME, CX_CONTRACTS and the limits CX_*."""
        chosen = home or Path(os.environ.get("CX_HOME") or REPO / "var")
        given = tuple(contracts) or tuple(
            Path(part) for part in os.environ.get("CX_CONTRACTS", "").split(os.pathsep) if part
        )
        for folder in given:
            if not folder.is_dir():
                raise UserError(
                    f"contracts folder {folder} does not exist; give --contracts a folder of *.yml"
                )
        threads = os.environ.get("CX_THREADS", "2")
        if not threads.isdigit() or int(threads) < 1:
            raise UserError(f"CX_THREADS={threads!r} is not a whole number above 0; set it to 2")
        return cls(
            home=chosen.expanduser().resolve(),
            contracts=tuple(folder.expanduser().resolve() for folder in given),
            memory_limit=os.environ.get("CX_MEMORY_LIMIT", "4GB"),
            threads=int(threads),
            fewest_customers=fewest_customers(),
        )

    @property
    def contract_folders(self) -> tuple[Path, ...]:
        """Folders searched for contracts: the operator's own first, then the shipped ones."""
        return (*self.contracts, SHIPPED_CONTRACTS)

    @property
    def warehouse(self) -> Path:
        """The single warehouse (private to the batch)."""
        return self.home / "warehouse.duckdb"

    @property
    def vault(self) -> Path:
        """Sealed identities, in a file of their own."""
        return self.home / "vault.duckdb"

    @property
    def releases(self) -> Path:
        """Published, read-only files and the pointer to the current one."""
        return self.home / "releases"

    @property
    def landing(self) -> Path:
        """Delivered files, by content."""
        return self.home / "landing"

    @property
    def state(self) -> Path:
        """The run lock and the keys' default place."""
        return self.home / "state"

    @property
    def estimators(self) -> Path:
        """Fitted estimators."""
        return self.home / "estimators"

    @property
    def as_was(self) -> Path:
        """What was known at earlier moments, a file each, and dbt's target folder for them."""
        return self.home / "as_was"

    @property
    def reports(self) -> Path:
        """Reports for people."""
        return self.home / "reports"

    @property
    def logs(self) -> Path:
        """Logs of runs and of dbt."""
        return self.home / "logs"

    @property
    def dbt(self) -> Path:
        """dbt's target folder."""
        return self.home / "dbt"

    @property
    def temp(self) -> Path:
        """Spill and work files; emptied by each run."""
        return self.home / "temp"
