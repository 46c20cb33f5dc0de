"""What can go wrong at an edge replica. ``docs/edge.md`` lists the codes."""

from __future__ import annotations

from staydown.errors import StaydownError


class EdgeError(StaydownError):
    """Root of what is particular to an edge replica."""

    code = "edge_error"


class WithoutCopyError(EdgeError):
    """There is no copy that may answer, and the platform chose that no answer is given then.

    Attributes:
        why: in a word, as ``/status`` says it.
    """

    code = "edge_without_copy"
    retryable = True

    def __init__(self, why: str) -> None:
        super().__init__(
            f"there is no copy of the banks that may answer ({why}); GET /status says more"
        )
        self.why = why


class SealedFileError(EdgeError):
    """A sealed file of this replica is damaged, cut off in the middle, or of another key."""

    code = "edge_file_damaged"


class HubError(EdgeError):
    """The hub did not answer as it should; trying again later can help.

    Attributes:
        pause_s: how long the hub asks to wait first; 0 where it does not.
    """

    code = "edge_hub_failed"
    retryable = True

    def __init__(self, message: str, *, pause_s: float = 0.0) -> None:
        super().__init__(message)
        self.pause_s = pause_s


class HubRefusedError(HubError):
    """The hub refuses our key for now: unknown, revoked, or without an agreement."""

    code = "edge_hub_refused"


class AgreementEndedError(EdgeError):
    """The hub says that the agreement has ended: the copy is destroyed."""

    code = "edge_agreement_ended"


class CursorUnknownError(EdgeError):
    """The hub's database does not have the place up to which we had read."""

    code = "edge_cursor_unknown"
