"""A scorecard: an additive model of raw columns that is data alone, so JSON and SQL can hold it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ml.columns import TableEncoder
from ml.curves import AdditiveModel, Axis, Curve, PairTable, Pieces, blended, both_classes
from ml.lookups import Lookups

FORMAT = "cx scorecard 1"
BATCH_ROWS = 8_192


@dataclass
class Scorecard:
    """What each column, and each of a few pairs, adds to a calibrated logit.

    Everything is centred over the rows it was built on: a contribution says how much a value moves
    the logit against the average row, and the base is that row's logit.

    Parameters
    ----------
    base : float
        Logit of the average row.
    encoder : TableEncoder
        Fitted; says which columns, of which kind, with which levels.
    curves : list of Pieces or Curve
        One per kept column; categories of any cardinality have one value per level.
    pairs : list of PairTable
        A pair's value is shared equally by its two columns.
    classes : list
        The two classes, the positive one last.
    fidelity : float
        R² of this logit against the champion's, out of fold; 1.0 when it is the champion.
    """

    base: float
    encoder: TableEncoder
    curves: list[Pieces | Curve]
    pairs: list[PairTable] = field(default_factory=list)
    classes: list = field(default_factory=lambda: [0, 1])
    fidelity: float = 1.0

    # Read by whoever scores with a champion, scorecard or not.
    is_additive_ = True

    @property
    def encoder_(self) -> TableEncoder:
        """The columns, as a fitted classifier names them."""
        return self.encoder

    @property
    def feature_names_in_(self) -> np.ndarray:
        """Names of the columns of the table it was built on."""
        return self.encoder.feature_names_in_

    @property
    def fidelity_(self) -> float:
        """As a fitted classifier names it."""
        return self.fidelity

    @property
    def base_logit_(self) -> float:
        """As a fitted classifier names it."""
        return self.base

    def contributions(self, X: object) -> pd.DataFrame:
        """Return what each column adds to the logit, against the average row.

        Returns
        -------
        DataFrame of shape (n_rows, n_kept_columns), in logits
            Each row sums to `decision_function(X) - base`.
        """
        found = self.contributions_of(self.encoder.transform(X))
        return pd.DataFrame(found.T, columns=self.encoder.names_)

    def contributions_of(self, matrix: np.ndarray) -> np.ndarray:
        """Return what each column of an encoded matrix adds, shape (n_columns, n_rows), in logits.

        Columns are rows here: what lies together in memory is written three times faster.
        """
        result = np.empty((matrix.shape[1], len(matrix)))
        lookups = Lookups(self.curves, self.pairs)
        for start in range(0, len(matrix), BATCH_ROWS):
            rows = slice(start, start + BATCH_ROWS)
            alone, together = lookups(matrix[rows])
            for position, own in enumerate(alone):
                result[position, rows] = own
            for pair, own in zip(self.pairs, together, strict=True):
                own *= 0.5
                result[pair.first, rows] += own
                result[pair.second, rows] += own
        return result

    def decision_function(self, X: object) -> np.ndarray:
        """Return the calibrated logit of each row, shape (n_rows,)."""
        return self.decision_of(self.encoder.transform(X))

    def decision_of(self, matrix: np.ndarray) -> np.ndarray:
        """Return the calibrated logit of each row of an encoded matrix.

        Columns are added one after the other on purpose: a sum over an axis may round a row
        differently depending on where in the batch it stands.
        """
        total = np.full(len(matrix), self.base)
        lookups = Lookups(self.curves, self.pairs)
        for start in range(0, len(matrix), BATCH_ROWS):
            rows = slice(start, start + BATCH_ROWS)
            alone, together = lookups(matrix[rows])
            for own in (*alone, *together):
                total[rows] += own
        return total

    def explain_decision(self, X: object) -> np.ndarray:
        """Return the logit the contributions add up to: this one."""
        return self.decision_function(X)

    def predict_proba(self, X: object) -> np.ndarray:
        """Return the calibrated probability of each class, shape (n_rows, 2)."""
        return both_classes(self.decision_function(X))

    def to_json(self) -> str:
        """Return everything as JSON text; numbers keep every bit."""
        encoder = self.encoder
        body = {
            "format": FORMAT,
            "base": self.base,
            "fidelity": self.fidelity,
            "classes": [
                value.item() if hasattr(value, "item") else value for value in self.classes
            ],
            "max_levels": encoder.max_levels,
            "feature_names_in": list(encoder.feature_names_in_),
            "names": encoder.names_,
            "kinds": encoder.kinds_,
            "levels": {name: list(levels) for name, levels in encoder.levels_.items()},
            "dropped": encoder.dropped_,
            "curves": [_plain(curve) for curve in self.curves],
            "pairs": [
                {
                    "first": pair.first,
                    "second": pair.second,
                    "first_axis": _plain(pair.first_axis),
                    "second_axis": _plain(pair.second_axis),
                    "table": pair.table.tolist(),
                }
                for pair in self.pairs
            ],
        }
        return json.dumps(body, sort_keys=True, ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Scorecard:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            When the text is no scorecard of this version.
        """
        body = json.loads(text)
        if not isinstance(body, dict) or body.get("format") != FORMAT:
            raise ValueError(f"not a scorecard of the format '{FORMAT}'")
        encoder = TableEncoder(body["max_levels"])
        encoder.feature_names_in_ = np.array(body["feature_names_in"], dtype=object)
        encoder.n_features_in_ = len(encoder.feature_names_in_)
        encoder.names_, encoder.kinds_ = body["names"], body["kinds"]
        encoder.levels_ = {k: np.array(v, dtype=object) for k, v in body["levels"].items()}
        encoder.dropped_ = body["dropped"]
        pairs = [
            PairTable(
                own["first"],
                own["second"],
                _axis(own["first_axis"]),
                _axis(own["second_axis"]),
                np.array(own["table"]),
            )
            for own in body["pairs"]
        ]
        curves = [_curve(own) for own in body["curves"]]
        return cls(body["base"], encoder, curves, pairs, body["classes"], body["fidelity"])


def _plain(part: Curve | Pieces | Axis) -> dict:
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in vars(part).items()
    }


def _curve(own: dict) -> Curve | Pieces:
    kind = Pieces if "bases" in own else Curve
    return kind(**{k: np.array(v, float) if isinstance(v, list) else v for k, v in own.items()})


def _axis(own: dict) -> Axis:
    places = np.array(own["places"], dtype=np.intp)
    return Axis(np.array(own["edges"], dtype=float), places, own["missing"])


def scorecard(
    models: list[tuple[float, AdditiveModel]],
    calibration: tuple[float, float],
    encoder: TableEncoder,
    rates: dict[int, tuple[np.ndarray, float]],
    matrix: np.ndarray,
    weight: np.ndarray,
    classes: np.ndarray,
    fidelity: float,
) -> Scorecard:
    """Blend additive models of an encoded matrix into one scorecard of the raw columns.

    Parameters
    ----------
    models : list of (float, AdditiveModel)
        Weight and model of each member.
    calibration : tuple of (float, float)
        Slope and intercept on the blended logit.
    encoder : TableEncoder
    rates : dict of int to (ndarray, float)
        For each column encoded by its target: the rate of each level, and of a missing one.
    matrix : ndarray of shape (n_rows, n_columns)
        Rows to centre on, levels as codes.
    weight : ndarray of shape (n_rows,)
    classes, fidelity
        As in Scorecard.
    """
    slope, base = calibration
    base += slope * sum(own * model.intercept for own, model in models)
    curves: list[Pieces | Curve] = []
    for position in range(len(encoder.names_)):
        parts = [(slope * own, model.curves[position]) for own, model in models]
        curve = blended(parts)
        if position in rates:
            by_level, missing = rates[position]
            ends = curve(np.append(by_level, missing))
            curve = Curve(missing=float(ends[-1]), levels=ends[:-1])
        curves.append(curve)
    pairs = [
        PairTable(
            pair.first,
            pair.second,
            _of_levels(pair.first_axis, rates.get(pair.first)),
            _of_levels(pair.second_axis, rates.get(pair.second)),
            slope * own * pair.table,
        )
        for own, model in models
        for pair in model.pairs
    ]
    for position, curve in enumerate(curves):
        mean = float(np.average(curve(matrix[:, position]), weights=weight))
        base += mean
        _lower(curve, mean)
    for pair in pairs:
        mean = float(np.average(pair(matrix), weights=weight))
        base += mean
        pair.table = pair.table - mean
    return Scorecard(float(base), encoder, curves, pairs, list(classes), fidelity)


def _of_levels(axis: Axis, rates: tuple[np.ndarray, float] | None) -> Axis:
    """Return an axis over a target's rates as one over the levels that have them."""
    if rates is None:
        return axis
    places = axis(np.append(*rates))
    return Axis(places=places[:-1].astype(np.intp), missing=int(places[-1]))


def _lower(curve: Pieces | Curve, by: float) -> None:
    curve.missing -= by
    if isinstance(curve, Pieces):
        curve.bases = curve.bases - by
    else:
        curve.levels = curve.levels - by
