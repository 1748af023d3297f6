"""The YAML that a home's owner writes: briefs, alerts, who is told. Read, checked, or one line."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from cx.errors import UserError

Model = TypeVar("Model", bound=BaseModel)


def read_yaml(path: Path, model: type[Model], guide: str) -> Model | None:
    """Read a file of settings; None where there is none.

    Parameters
    ----------
    model : type
        What the file must say; an empty file is an empty mapping.
    guide : str
        The page of docs/ that tells what it may say.

    Raises
    ------
    UserError
        When it cannot be read or says something it may not say; never quotes what it says.
    """
    try:
        return model.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise UserError(f"{path} cannot be read ({reason}); see {guide}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise UserError(f"{path} is not YAML{where}; see {guide}") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise UserError(f"{path}: {where}: {first['msg']}; see {guide}") from None
