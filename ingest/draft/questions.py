"""What a draft may not decide alone: questions with a place each, and the answers given to them."""

from __future__ import annotations

from dataclasses import dataclass

from cx.errors import UserError
from ingest.contract_file import ASK


@dataclass(frozen=True)
class Question:
    """A place in the contract that holds a question instead of a value."""

    place: str
    text: str


class Interview:
    """Hands out the answers that were given and keeps the questions that are still open.

    Parameters
    ----------
    answers : dict of str
        Place → answer. A place is the path in the contract with feeds and entities by name:
        `contacts.interaction.started_at.format`.
    """

    def __init__(self, answers: dict[str, str] | None = None) -> None:
        """Begin with the answers given."""
        self.answers = dict(answers or {})
        self.questions: list[Question] = []
        self._places: set[str] = set()

    def told(self, place: str) -> str | None:
        """Return what was answered for a place, whether or not it would have been asked."""
        self._places.add(place)
        return self.answers.get(place)

    def ask(self, place: str, text: str, options: tuple[str, ...] = ()) -> str:
        """Return the answer for a place, or the text that stands there until it is answered.

        Raises
        ------
        UserError
            When the answer is none of the options.
        """
        answer = self.told(place)
        if answer is None:
            self.questions.append(Question(place, text))
            return f"{ASK} {text}"
        if options and answer not in options:
            raise UserError(f"{answer!r} is no answer for {place}; give {' or '.join(options)}")
        return answer

    def check_all_used(self) -> None:
        """Refuse answers for places that no draft of these files has: a typing error, mostly."""
        strays = sorted(set(self.answers) - self._places)
        if strays:
            # each of many files may ask the same
            open_places = ", ".join(dict.fromkeys(each.place for each in self.questions))
            raise UserError(
                f"nothing is asked at {strays[0]}; "
                + (f"the questions are at {open_places}" if open_places else "no question is open")
            )


def is_question(value: object) -> bool:
    """Tell whether a value of a contract is a question still."""
    return isinstance(value, str) and value.startswith(ASK)
