"""What the worker does for the queue."""

from __future__ import annotations

from datetime import datetime

from staydown_web.base.dates import when_sure
from staydown_web.base.jobs import Job
from staydown_web.review import services


def take_in(now: datetime) -> int:
    """New copies and places become tasks; what they took the place of ends at once."""
    taken = services.take_in_copies(now) + services.take_in_locations(now)
    if taken:
        services.drop_found(now)
    return taken + services.take_in_addresses(now)


JOBS: tuple[Job, ...] = (
    Job(name="review:take_in_altered", every_s=5.0, run=services.take_in_altered),
    Job(name="review:take_in", every_s=0.5, run=take_in),
    Job(name="review:follow_clocks", every_s=2.0, run=services.follow_clocks),
    Job(name="review:make_firm", every_s=1.0, run=services.make_decisions_firm),
    Job(name="review:settle_complaints", every_s=1.0, run=services.settle_complaints),
    Job(name="review:drop_complaints", every_s=30.0, run=services.drop_complaints),
    Job(name="review:forget_complaints", every_s=3600.0, run=when_sure(services.forget_complaints)),
    Job(name="review:take_in_left", every_s=5.0, run=services.take_in_left),
    Job(name="review:take_in_set_aside", every_s=5.0, run=services.take_in_set_aside),
    Job(name="review:take_in_unseen", every_s=20.0, run=services.take_in_unseen),
    Job(name="review:end_suspensions", every_s=60.0, run=services.end_suspensions),
    Job(
        name="review:forget_suspensions",
        every_s=3600.0,
        run=when_sure(services.forget_suspensions),
    ),
    Job(name="review:free_left", every_s=60.0, run=services.free_left_tasks),
    Job(name="review:warn_of_unread", every_s=60.0, run=services.warn_of_unread),
    Job(name="review:drop_needless", every_s=30.0, run=services.drop_needless),
)
