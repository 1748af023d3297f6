"""What may be chosen among, and within which limits, in whatever arrays it comes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Options:
    """What could be done, one entry an option; each array of shape (n_options,).

    Parameters
    ----------
    line : ndarray
        Which line; it gets one option at most; none is doing nothing, worth 0.
    customer, action : ndarray of int
        Places in the limits: contacts are counted by customer, capacity by action.
    value : ndarray of float
        Expected net value, money.
    cost : ndarray of float
        Expected cost, of the budget; not negative.
    load : ndarray of float
        What it uses of its action's capacity; not negative.
    is_contact : ndarray of bool
    """

    line: np.ndarray
    customer: np.ndarray
    action: np.ndarray
    value: np.ndarray
    cost: np.ndarray
    load: np.ndarray
    is_contact: np.ndarray

    def part(self, rows: np.ndarray) -> Options:
        """Return some of the options."""
        return Options(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Limits:
    """What may be used.

    Parameters
    ----------
    budget : float
        Money; infinite for no limit.
    capacity : ndarray of shape (n_actions,)
        Of each action; infinite for no limit.
    contacts : ndarray of int, shape (n_customers,)
        Contacts each customer may still get.
    """

    budget: float
    capacity: np.ndarray
    contacts: np.ndarray


def as_told(options: Options, limits: Limits) -> tuple[Options, Limits]:
    """Return options and limits as arrays of their own types; lines by places, whatever they are.

    Raises
    ------
    ValueError
        When a value, cost or load is not finite, a cost, load or limit is negative, a flag is
        neither true nor false, or an action or a customer has no limit.
    """
    numbers = {name: _numbers(getattr(options, name), name) for name in ("value", "cost", "load")}
    places = {name: _places(getattr(options, name), name) for name in ("customer", "action")}
    flags = _numbers(options.is_contact, "is_contact")
    if not np.isin(flags, (0, 1)).all():
        raise ValueError("is_contact of an option is neither true nor false")
    lines, _ = pd.factorize(np.asarray(options.line))
    if (lines < 0).any():
        raise ValueError("an option belongs to no line; name its line")
    found = Options(line=lines, **places, **numbers, is_contact=flags == 1)
    contacts = np.minimum(_numbers(limits.contacts, "contacts"), len(lines))
    told = Limits(
        budget=np.inf if limits.budget is None else float(limits.budget),
        capacity=_numbers(limits.capacity, "capacity"),
        contacts=np.floor(contacts),
    )
    _check(found, told)
    return found, told


def _numbers(values: object, name: str) -> np.ndarray:
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} holds what is no number; give one for each") from error
    if found.ndim != 1:
        raise ValueError(f"{name} has shape {found.shape}; give one number for each")
    return found


def _places(values: object, name: str) -> np.ndarray:
    found = _numbers(values, f"{name} of an option, its place in the limits,")
    if not np.isfinite(found).all() or (found != np.floor(found)).any():
        raise ValueError(f"{name} of an option is its place in the limits, a whole number from 0")
    return found.astype(np.int64)


def _check(options: Options, limits: Limits) -> None:
    lengths = {len(column) for column in vars(options).values()}
    if len(lengths) > 1:
        raise ValueError(f"columns of the options have lengths {sorted(lengths)}; give them one")
    for name in ("value", "cost", "load"):
        found = getattr(options, name)
        if not np.isfinite(found).all() or (name != "value" and (found < 0).any()):
            raise ValueError(f"{name} of an option is not a number, or negative; check its prices")
    for name, limited in (("action", limits.capacity), ("customer", limits.contacts)):
        found = getattr(options, name)
        if len(found) and not 0 <= found.min() <= found.max() < len(limited):
            raise ValueError(f"an option's {name} has no limit; give one for each {name}")
    if not (limits.budget >= 0 and (limits.capacity >= 0).all() and (limits.contacts >= 0).all()):
        raise ValueError(
            "a limit is negative, or none at all; give 0 for nothing, inf for no limit"
        )
