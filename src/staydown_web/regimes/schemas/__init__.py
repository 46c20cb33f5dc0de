"""The shapes of the law as data: a regime, what it asks for, what a notice gives, what is found."""

from staydown_web.regimes.schemas.clocks import (
    Clock,
    ClockKind,
    Deadline,
    DueWarning,
    Event,
    Pause,
    Unit,
)
from staydown_web.regimes.schemas.duties import (
    Answer,
    Duty,
    Ground,
    GroundRule,
    Proof,
    Reach,
    Reading,
    SizeRule,
    Source,
    Telling,
)
from staydown_web.regimes.schemas.facts import (
    FACT_NAMES,
    Findings,
    NoticeFacts,
    RequiredElement,
    Requirement,
)
from staydown_web.regimes.schemas.law import Kind, Regime

__all__ = [
    "FACT_NAMES",
    "Answer",
    "Clock",
    "ClockKind",
    "Deadline",
    "DueWarning",
    "Duty",
    "Event",
    "Findings",
    "Ground",
    "GroundRule",
    "Kind",
    "NoticeFacts",
    "Pause",
    "Proof",
    "Reach",
    "Reading",
    "Regime",
    "RequiredElement",
    "Requirement",
    "SizeRule",
    "Source",
    "Telling",
    "Unit",
]
