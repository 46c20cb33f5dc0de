from __future__ import annotations

from staydown import errors
from staydown.cli.statuses import STATUS_OF_CODE, ExitStatus, status_of
from staydown.errors import SnapshotBusyError, StaydownError


def every_error() -> list[type[StaydownError]]:
    found, waiting = [], [StaydownError]
    while waiting:
        found.append(waiting.pop())
        waiting += found[-1].__subclasses__()
    return [error for error in found if error.__module__ == errors.__name__]


def test_every_error_code_has_an_exit_status() -> None:
    assert {error.code for error in every_error()} == set(STATUS_OF_CODE)


def test_no_two_errors_share_a_code() -> None:
    codes = [error.code for error in every_error()]
    assert len(codes) == len(set(codes))


def test_no_error_ends_in_done_or_match() -> None:
    assert not {ExitStatus.DONE, ExitStatus.MATCH} & set(STATUS_OF_CODE.values())


def test_what_may_work_later_has_a_status_of_its_own() -> None:
    assert status_of(SnapshotBusyError("busy")) is ExitStatus.BUSY
    assert [e.code for e in every_error() if e.retryable] == ["snapshot_busy"]


def test_an_unknown_code_is_a_defect() -> None:
    class OddError(StaydownError):
        code = "odd"

    assert status_of(OddError()) is ExitStatus.INTERNAL
