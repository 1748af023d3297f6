"""Errors that a person can act on; the command line turns each into one line and an exit code."""

from __future__ import annotations

EXIT_CHECK_SAID_NO = 1
EXIT_BAD_INPUT = 2
EXIT_BUSY = 75  # EX_TEMPFAIL of sysexits.h: try again later


class CxError(RuntimeError):
    """Base of the errors we raise on purpose: says what, where, and what to do next."""

    exit_code = EXIT_BAD_INPUT


class UserError(CxError):
    """Bad input or usage: the person who called can mend it."""


class CheckFailed(CxError):
    """A check said no; nothing was published."""

    exit_code = EXIT_CHECK_SAID_NO


class StepStopped(CxError):
    """A step went beyond the time or the memory it may take and was stopped."""

    exit_code = EXIT_CHECK_SAID_NO


class Unexpected(CxError):
    """Something we did not foresee; the log of the home holds the details."""

    exit_code = 1


class Busy(CxError):
    """Another run holds the lock."""

    exit_code = EXIT_BUSY
