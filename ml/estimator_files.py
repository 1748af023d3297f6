"""Fitted estimators as files, read back only if unchanged and of listed types only."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import skops.io

from cx.errors import UserError
from cx.settings import Settings
from ml.churn import ChurnClassifier
from ml.scorecard import Scorecard

# The only types a stored estimator may hold besides those skops knows to be harmless. A file that
# names another one is refused: it is not ours, or it was changed.
TRUSTED_TYPES = (
    "ml.additive.AdditiveBoosting",
    "ml.additive.RampLogistic",
    "ml.churn.ChurnClassifier",
    "ml.columns.TableEncoder",
    "ml.curves.AdditiveModel",
    "ml.curves.Axis",
    "ml.curves.Curve",
    "ml.curves.PairTable",
    "ml.curves.Pieces",
    "ml.items.ItemRecommender",
    "ml.items.Recipe",
    "ml.nets.RankNet",
    "ml.oblivious.ObliviousBoosting",
    "ml.portfolio.BoostingBag",
    "ml.portfolio.Forest",
    "ml.preference.NextProductRecommender",
    "ml.scorecard.Scorecard",
    "ml.segments.StableSegments",
    "ml.selection.Calibration",
    "ml.survival.DiscreteHazards",
    "functools.partial",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.tree._tree.Tree",
    "sklearn.utils.validation.check_array",
)


def save(estimator: object, settings: Settings, name: str) -> tuple[str, str]:
    """Write a fitted estimator and return its file name and sha256.

    A scorecard, and a churn classifier whose champion is one, is written as JSON: data, no code.
    """
    settings.estimators.mkdir(parents=True, exist_ok=True, mode=0o700)
    card = estimator if isinstance(estimator, Scorecard) else None
    if isinstance(estimator, ChurnClassifier) and estimator.is_additive_:
        card = estimator.explainer_
    content = skops.io.dumps(estimator) if card is None else card.to_json().encode()
    file = f"{name}.skops" if card is None else f"{name}.json"
    partial = settings.estimators / f"{file}.partial"
    partial.write_bytes(content)
    partial.replace(settings.estimators / file)
    return file, hashlib.sha256(content).hexdigest()


def load(settings: Settings, file: str, sha256: str) -> Any:  # noqa: ANN401 - any estimator of ours
    """Read a fitted estimator back, if it is exactly what was saved.

    Raises
    ------
    UserError
        When the file is gone, was changed, is of no kind we write, or holds a type that is not on
        the list.
    """
    path = settings.estimators / file
    if path.name != file or not path.exists():
        raise UserError(f"estimator {path} is gone; run `cx train`")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise UserError(f"estimator {path} is not the file that was registered; run `cx train`")
    return read(content, file)


def read(content: bytes, file: str) -> Any:  # noqa: ANN401 - any estimator of ours
    """Return the estimator whose file has this content; only listed types are made.

    Raises
    ------
    UserError
        When it is of no kind we write or holds a type that is not on the list.
    """
    path = Path(file)
    if path.suffix == ".json":
        try:
            return Scorecard.from_json(content.decode())
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"estimator {path} is no scorecard; run `cx train`") from error
    if path.suffix != ".skops":
        raise UserError(f"estimator {path} is neither .json nor .skops; run `cx train`")
    try:
        found = set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED_TYPES)
    except Exception as error:  # whatever a file that is no estimator makes the reader say
        raise UserError(f"estimator {path} cannot be read; run `cx train`") from error
    if found:
        raise UserError(f"estimator {path} holds types we do not trust: {sorted(found)}")
    return skops.io.loads(content, trusted=list(TRUSTED_TYPES))
