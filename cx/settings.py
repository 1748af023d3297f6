"""Where things live and how much of the machine we may use. Every path comes from here."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
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
        What a process may hold, roughly, for example ``4GB``; the engine gets a little less.
    threads : int
        Threads DuckDB may use.
    spill_limit : str
        What DuckDB may write to temporary files, for example ``50GB``; empty for 90 % of what is
        free.
    step_seconds : float
        A step of a run is stopped when it takes longer.
    step_memory : int
        A step is stopped when it and its children hold more bytes than this; 0 for nine tenths of
        the machine's memory.
    disk_reserve : int
        Bytes that must stay free beyond what a step is expected to write.
    retry_waits : tuple of float
        Seconds to wait before each further try of what may pass by itself.
    warehouse_name : str
        Name of the warehouse's file; another one while it is made anew.
    fewest_customers : int
        k of small-cell suppression: how many customers a published figure must be about.
    backup_days : int
        Days a backup is kept at most.
    """

    home: Path = REPO / "var"
    contracts: tuple[Path, ...] = ()
    memory_limit: str = "4GB"
    threads: int = 2
    spill_limit: str = ""
    step_seconds: float = 12 * 3600.0
    step_memory: int = 0
    disk_reserve: int = 256 * 1000**2
    retry_waits: tuple[float, ...] = (1.0, 4.0, 15.0)
    warehouse_name: str = "warehouse.duckdb"
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
            memory_limit=_size("CX_MEMORY_LIMIT", "4GB"),
            threads=int(threads),
            spill_limit=_size("CX_SPILL_LIMIT", ""),
            step_seconds=60 * _number("CX_STEP_MINUTES", 720),
            step_memory=size_in_bytes(_size("CX_STEP_MEMORY", "0B")),
            disk_reserve=size_in_bytes(_size("CX_DISK_RESERVE", "256MB")),
            fewest_customers=fewest_customers(),
        )

    @property
    def engine_memory(self) -> str:
        """The limit the engine is given: it goes over by a tenth, and Python's own comes on top."""
        return f"{size_in_bytes(self.memory_limit) * _ENGINE_PERCENT // 100}B"

    def leaving(self, held: int) -> Settings:
        """Return the same for a step whose Python holds so many bytes: they are not the engine's.

        The engine keeps two fifths of the limit, for it cannot work in next to nothing.
        """
        whole = size_in_bytes(self.memory_limit)
        return replace(self, memory_limit=f"{max(whole - held, whole * 2 // 5)}B")

    @property
    def contract_folders(self) -> tuple[Path, ...]:
        """Folders searched for contracts: the operator's own first, then the shipped ones."""
        return (*self.contracts, SHIPPED_CONTRACTS)

    @property
    def warehouse(self) -> Path:
        """The single warehouse (private to the batch)."""
        return self.home / self.warehouse_name

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
    def holders(self) -> Path:
        """Which customers a pseudonym stands for, for look-ups; as private as the vault."""
        return self.home / "holders.duckdb"

    @property
    def audit(self) -> Path:
        """The audit log and its head."""
        return self.home / "audit"

    @property
    def dbt(self) -> Path:
        """dbt's target folder."""
        return self.home / "dbt"

    @property
    def temp(self) -> Path:
        """Spill and work files; emptied by each run."""
        return self.home / "temp"


_UNITS = {"": 1, "K": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4}
_BINARY = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
_ENGINE_PERCENT = 95
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B\s*", re.IGNORECASE)


def size_in_bytes(text: str) -> int:
    """Return a size as DuckDB writes it (``4GB``, ``512 MiB``) in bytes.

    Raises
    ------
    ValueError
        When it is none.
    """
    match = _SIZE.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is no size")
    number, unit, is_binary = match.groups()
    return int(float(number) * (_BINARY if is_binary else _UNITS)[unit.upper()])


def _size(variable: str, default: str) -> str:
    text = os.environ.get(variable) or default
    if text and not _SIZE.fullmatch(text):
        raise UserError(f"{variable}={text!r} is not a size; write it as 512MB or 4GB")
    return text


def _number(variable: str, default: float) -> float:
    text = os.environ.get(variable) or str(default)
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e6:
        raise UserError(f"{variable}={text!r} is not a number above 0; set it to {default:g}")
    return number
