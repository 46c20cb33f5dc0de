"""Counting what became of the files of a command, and the exit status that follows."""

from __future__ import annotations

from dataclasses import dataclass

from staydown.cli.console import Console
from staydown.cli.inputs import Input
from staydown.cli.statuses import ExitStatus, status_of
from staydown.errors import SourceError, StaydownError, UnsupportedFormatError
from staydown.media_names import is_expected
from staydown.nouns import many
from staydown.types import Fingerprint


@dataclass(slots=True)
class Tally:
    """How many files were done, failed, or were no media at all.

    Attributes:
        console: where failures are reported as they come.
        done: files with a fingerprint.
        failed: files that ended in an error.
        passed_over: files of a folder that are neither picture nor video, nor called so.
        last: the last error.
    """

    console: Console
    done: int = 0
    failed: int = 0
    passed_over: int = 0
    last: StaydownError | None = None

    def take(self, one: Input, outcome: Fingerprint | StaydownError) -> Fingerprint | None:
        """Count one outcome and report it if it is an error; the fingerprint if it is one."""
        if not isinstance(outcome, StaydownError):
            self.done += 1
            return outcome
        is_wanted = is_expected(one.name, chosen=one.chosen)
        if isinstance(outcome, UnsupportedFormatError) and not is_wanted:
            self.passed_over += 1
            return None
        self.fail(one, outcome)
        return None

    def fail(self, one: Input, error: StaydownError) -> None:
        """Report a file that failed, on stderr and, where asked for, as a JSON line."""
        self.failed, self.last = self.failed + 1, error
        self.console.failure(error, source=one.name)
        told = {"code": error.code, "message": str(error), "retryable": error.retryable}
        self.console.record({"file": one.name, "error": told})

    def require_any(self, doing: str) -> None:
        """Refuse a folder that is empty, or holds nothing of ours: it may be the wrong one.

        Args:
            doing: what there is nothing for, such as "check".

        Raises:
            SourceError: no file was done, and none failed.
        """
        if not self.done and not self.failed:
            raise SourceError(
                f"Nothing to {doing}: no picture and no video is there. Name one, and check that "
                "each folder is the right one and mounted."
            )

    def status(self, *, matched: bool = False) -> ExitStatus:
        """The exit status of the command; says on stderr what was passed over.

        Args:
            matched: True where a match was found.
        """
        if self.passed_over:
            files = many(self.passed_over, "file is", "files are")
            self.console.note(f"{files} neither picture nor video by content and name.")
        if self.last is not None:
            alone = self.failed == 1 and self.done == 0
            return status_of(self.last) if alone else ExitStatus.INCOMPLETE
        return ExitStatus.MATCH if matched else ExitStatus.DONE
