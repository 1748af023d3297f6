"""What an estimator of ours is given, checked the way scikit-learn's own check it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import _check_n_features, column_or_1d

from ml.columns import as_frame


def checked_table(estimator: BaseEstimator, X: object, reset: bool) -> pd.DataFrame:
    """Return a table with text column names; remember its width, or hold it against the one seen.

    Parameters
    ----------
    estimator : BaseEstimator
        Gets `n_features_in_` (and, for a DataFrame, `feature_names_in_`) when `reset`.
    X : DataFrame or array of shape (n_rows, n_columns)
    reset : bool
        True in fit.

    Raises
    ------
    ValueError, TypeError
        When it is no table of at least one row and column.
    """
    name = type(estimator).__name__
    if issparse(X):
        raise TypeError("Sparse data was passed for X, but dense data is required; use X.toarray()")
    if not isinstance(X, pd.DataFrame):
        X = np.asarray(X)
        if X.ndim != 2:
            raise ValueError(
                f"Expected 2D array, got {X.ndim}D array instead. Reshape your data either using "
                "array.reshape(-1, 1) or array.reshape(1, -1)"
            )
        if np.iscomplexobj(X):
            raise ValueError("Complex data not supported")
    rows, columns = X.shape
    for n, what in ((rows, "sample"), (columns, "feature")):
        if n == 0 and (reset or what == "feature"):
            raise ValueError(
                f"Found array with 0 {what}(s) (shape={X.shape}) while a minimum of 1 is required "
                f"by {name}."
            )
    frame = as_frame(X)
    if wrong := [name for name in frame if frame[name].dtype.kind == "c"]:
        raise ValueError(f"Complex data not supported: columns {wrong}; give parts as two columns")
    if reset:
        estimator.n_features_in_ = columns
        if isinstance(X, pd.DataFrame):
            estimator.feature_names_in_ = np.array(frame.columns, dtype=object)
        elif hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_
    elif not isinstance(X, pd.DataFrame):
        # A DataFrame is read by the names of its columns, wherever they stand.
        _check_n_features(estimator, frame, reset=False)
    return frame


def checked_labels(y: object, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the two classes and the code, 0 or 1, of each row.

    Raises
    ------
    ValueError
        When there is not one label per row, or not two classes.
    """
    if y is None:
        raise ValueError("requires y to be passed, but the target y is None")
    y = column_or_1d(y, warn=True)
    if len(y) != n_rows:
        raise ValueError(f"X has {n_rows} rows and y has {len(y)}; give one label per row")
    if pd.isna(y).any() or (y.dtype.kind == "f" and not np.isfinite(y).all()):
        raise ValueError("Input y contains NaN or infinity; leave out rows without a label")
    if y.dtype == object:
        y = _of_one_kind(y)
    kind = type_of_target(y, input_name="y")
    if kind not in ("binary", "multiclass"):
        raise ValueError(f"Unknown label type: {kind}; y must hold two classes")
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) > 2:
        raise ValueError(
            "Only binary classification is supported; y must hold two classes, and holds "
            f"{len(classes)}, such as {classes[:4].tolist()}"
        )
    if len(classes) < 2:
        raise ValueError(
            "y must hold two classes, such as True and False, and holds one class; check the labels"
        )
    return classes, codes


def _of_one_kind(y: np.ndarray) -> np.ndarray:
    """Return labels that came as objects in their own type: a table read with gaps has such."""
    kind = pd.api.types.infer_dtype(y, skipna=False)
    if kind.startswith("mixed") and kind != "mixed-integer-float":
        kinds = sorted({type(label).__name__ for label in y})
        raise ValueError(f"Unknown label type: y mixes {kinds}; write all labels in one way")
    known = {"boolean": bool, "integer": np.int64, "string": object}
    others = dict.fromkeys(("floating", "decimal", "mixed-integer-float"), np.float64)
    return y.astype((known | others).get(kind, object))


def checked_weight(sample_weight: object, n_rows: int) -> np.ndarray:
    """Return one weight per row, ones when there is none.

    Raises
    ------
    ValueError
        When there is not one weight per row, or one is no number, or all are 0.
    """
    if sample_weight is None:
        return np.ones(n_rows)
    weight = np.asarray(sample_weight, dtype=float)
    if weight.ndim == 0:
        weight = np.full(n_rows, float(weight))
    if weight.ndim != 1:
        raise ValueError("Sample weights must be 1D array or scalar")
    if len(weight) != n_rows:
        raise ValueError(f"sample_weight.shape == {weight.shape}, expected {(n_rows,)}!")
    if not np.isfinite(weight).all() or (weight < 0).any():
        raise ValueError("sample_weight must hold numbers from 0 on")
    if not weight.any():
        raise ValueError("sample_weight must not be zero on every row")
    return weight
