"""Every trouble that can be told, in words: what it is, what it means, what to do.

The words are for an administrator who is no specialist. None of them holds an address, a name of a
person or anything of a case. Codes are stable: metrics, alerts and logs use them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from staydown_web.config.watch.troubles import Effect, Level, Part, Trouble


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of trouble.

    Attributes:
        level: how bad.
        part: where.
        what: one sentence; ``%(name)s`` stands for a fact.
        means: what that means for the people who use the service.
        remedy: what to do.
        command: to be copied; empty where none helps.
        effect: what somebody outside feels; None for nothing.
    """

    level: Level
    part: Part
    what: Any
    means: Any
    remedy: Any
    command: str = ""
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A trouble in the language of the moment."""

    what: str
    means: str
    remedy: str


def kind_of(trouble: Trouble) -> Kind:
    """What kind a trouble is of."""
    return KINDS[trouble.code]


def told(trouble: Trouble) -> Told:
    """A trouble in words."""
    kind = KINDS[trouble.code]
    facts = dict(trouble.facts)
    return Told(str(kind.what) % facts, str(kind.means) % facts, str(kind.remedy) % facts)


PARTS: dict[Part, Any] = {
    Part.DATABASE: _("Database"),
    Part.WEB: _("Web server"),
    Part.BANK: _("Bank in memory"),
    Part.WORKER: _("Worker"),
    Part.MAIL: _("E-mail"),
    Part.PLATFORMS: _("Platforms"),
    Part.PARTNERS: _("Partners"),
    Part.DISK: _("Disk and memory"),
    Part.CLOCK: _("Clock"),
    Part.AUDIT: _("Audit"),
    Part.BACKUPS: _("Backups"),
}

KINDS: dict[str, Kind] = {
    "database_silent": Kind(
        Level.BROKEN,
        Part.DATABASE,
        _("The database does not answer."),
        _("No notice, page or check works until it does. Nothing that was confirmed is lost."),
        _("See whether its server runs, and whether DATABASE_URL names the right one."),
        "staydown doctor",
        Effect.NOTICES,
    ),
    "database_slow": Kind(
        Level.LIMITED,
        Part.DATABASE,
        _("The database took %(ms)d ms for the simplest question."),
        _("Pages and checks are slow."),
        _("See what else its machine does, and how fast its disk is. The deep check measures it."),
        "staydown doctor --deep",
    ),
    "too_busy": Kind(
        Level.LIMITED,
        Part.WEB,
        _("%(refused)d of %(total)d requests in the last minute were asked to come back later."),
        _("More comes than this machine can answer. Those who are let in are served as usual."),
        _(
            "See who sends so much: a key can have a limit. If all of it is wanted, add web "
            "processes or a machine."
        ),
        "staydown serve --help",
        Effect.PAGES,
    ),
    "bank_not_ready": Kind(
        Level.BROKEN,
        Part.BANK,
        _("A web process has not opened the bank."),
        _(
            "It answers checks of uploads with an error. Platforms then do what they chose for "
            "that case."
        ),
        _(
            "After a start this takes seconds, for millions of entries some minutes. If it stays "
            "so, read the log, and start the service again."
        ),
        "staydown doctor --deep",
        Effect.COPIES,
    ),
    "bank_behind": Kind(
        Level.LIMITED,
        Part.BANK,
        _("%(n)d changes of the bank are not in memory yet."),
        _("New entries are not looked for yet, and withdrawn ones can still match."),
        _("The worker takes them in each half second. See whether it runs and memory is free."),
        "staydown doctor",
        Effect.COPIES,
    ),
    "reports_aside": Kind(
        Level.LIMITED,
        Part.BANK,
        _("Reports that suddenly match very much stop nothing until a person has looked: %(n)d."),
        _(
            "Either many real copies come and pass, or somebody reported a picture that everybody "
            "shares."
        ),
        _("Look at them under Bank, and let them count again or put them in doubt."),
    ),
    "copies_wave": Kind(
        Level.NOTE,
        Part.BANK,
        _("Confirmed entries that suddenly match very much: %(n)d."),
        _("They go on stopping uploads. It may be a wave of copies, or a mistake."),
        _("Look at them under Bank."),
    ),
    "snapshot_old": Kind(
        Level.NOTE,
        Part.BANK,
        _("The sealed copy of the bank on disk lacks %(n)d changes."),
        _("Nothing is wrong now. A start takes longer, because they are read again."),
        _("The worker seals one every ten minutes. See whether it runs and the disk has room."),
        "staydown doctor",
    ),
    "worker_silent": Kind(
        Level.BROKEN,
        Part.WORKER,
        _("The worker of this machine gives no sign of life."),
        _(
            "Letters, orders to platforms, looks at links and sent reports wait. Checks and new "
            "notices go on. Time limits of the law run on."
        ),
        _("The service starts it again by itself. If it stays so, start the service again."),
        "staydown doctor",
        Effect.ANSWERS,
    ),
    "worker_unreadable": Kind(
        Level.LIMITED,
        Part.WORKER,
        _("The sign of life of the worker cannot be read."),
        _("Nobody can tell whether its jobs run."),
        _("Start the service again."),
        "staydown doctor",
    ),
    "worker_elsewhere": Kind(
        Level.NOTE,
        Part.WORKER,
        _("No worker runs on this machine."),
        _("That is right where another machine has one. Without any, nothing is sent."),
        _("Start one here if no other machine has one."),
        "staydown worker",
    ),
    "urgent_job_failing": Kind(
        Level.BROKEN,
        Part.WORKER,
        _("Work that people wait for fails again and again: %(names)s."),
        _("It waits and is tried again. Time limits of the law run on."),
        _("docs/errors.md explains the code in brackets. The log says when it began."),
        "staydown doctor",
        Effect.ANSWERS,
    ),
    "job_failing": Kind(
        Level.LIMITED,
        Part.WORKER,
        _("Jobs fail again and again: %(names)s."),
        _("Their work waits and is tried again. The other jobs go on."),
        _("docs/errors.md explains the code in brackets. The log says when it began."),
        "staydown doctor",
    ),
    "job_stuck": Kind(
        Level.LIMITED,
        Part.WORKER,
        _("A job has been at one piece of work for %(minutes)d minutes: %(names)s."),
        _("What comes after it waits. The other jobs go on."),
        _("A large list takes long. If nothing of that kind is new, start the worker again."),
        "staydown doctor",
    ),
    "mail_not_set": Kind(
        Level.NOTE,
        Part.MAIL,
        _("No mail server is set."),
        _("People see answers on their page alone, and staff get no letters."),
        _("Set STAYDOWN_MAIL_URL to write to them."),
    ),
    "letters_fail": Kind(
        Level.LIMITED,
        Part.MAIL,
        _("%(n)d letters could not be sent, and none left in the last half hour."),
        _("People do not learn by e-mail that there is something new. Their page shows it."),
        _("Check STAYDOWN_MAIL_URL. The check asks the mail server, and says what it answers."),
        "staydown doctor",
        Effect.LETTERS,
    ),
    "platforms_fail": Kind(
        Level.LIMITED,
        Part.PLATFORMS,
        _("Platforms do not take our messages: %(names)s."),
        _("Orders wait. They are sent again for three days, and can be fetched at any time."),
        _("Look at the page Deliveries, and ask who runs their server."),
    ),
    "platforms_ended": Kind(
        Level.LIMITED,
        Part.PLATFORMS,
        _("We stopped sending to platforms that did not answer for days: %(names)s."),
        _("Orders wait until their endpoint is on again, and can be fetched at any time."),
        _("Ask what is wrong, then switch the endpoint on, or add a new one, under Deliveries."),
    ),
    "statements_unread": Kind(
        Level.NOTE,
        Part.PLATFORMS,
        _("Statements that have waited for a reviewer for more than a day: %(n)d."),
        _("Somebody wrote before the uploader is told. Nothing goes out until it is read."),
        _("Ask a reviewer to read it, in the queue under Statements."),
    ),
    "lists_fail": Kind(
        Level.LIMITED,
        Part.PARTNERS,
        _("Lists of partners cannot be read: %(names)s."),
        _("What they added since is not looked for here, and what they took back still counts."),
        _("Look at the page Sharing. It names the reason for each."),
    ),
    "members_fail": Kind(
        Level.LIMITED,
        Part.PARTNERS,
        _("Other installations do not answer, or their feeds are not in order: %(names)s."),
        _("What they added since is not looked for here, and what they took back still counts."),
        _("Look at the page Sharing, Other installations."),
    ),
    "disk_full": Kind(
        Level.BROKEN,
        Part.DISK,
        _("Only %(free)d MiB are free on the disk of the service."),
        _("Notices and decisions cannot be stored, and whoever sends one gets an error."),
        _("Make room now: old backups first. Never delete files of the database by hand."),
        "df -h",
        Effect.NOTICES,
    ),
    "disk_readonly": Kind(
        Level.BROKEN,
        Part.DISK,
        _("The folder of the service cannot be written."),
        _("Notices and decisions cannot be stored, and whoever sends one gets an error."),
        _("See in the system's log why the disk was set to read only, or who owns the folder."),
        "dmesg | tail",
        Effect.NOTICES,
    ),
    "disk_low": Kind(
        Level.LIMITED,
        Part.DISK,
        _("Only %(free)d MiB are free on the disk of the service."),
        _("All works. When it is full, nothing can be stored."),
        _("Make room soon: old backups first."),
        "df -h",
    ),
    "memory_low": Kind(
        Level.LIMITED,
        Part.DISK,
        _("Only %(free)d MiB are free in memory for the bank."),
        _("All works. When it is full, new entries cannot be taken in."),
        _("Give the folder in memory more (containers: --shm-size), or add memory."),
        "df -h /dev/shm",
    ),
    "clock_behind": Kind(
        Level.BROKEN,
        Part.CLOCK,
        _("The clock of this machine is behind the last event."),
        _("Time limits are computed by it. What is final waits until it is right."),
        _("Let a time service keep it."),
        "timedatectl set-ntp true",
        Effect.ANSWERS,
    ),
    "clock_unkept": Kind(
        Level.NOTE,
        Part.CLOCK,
        _("No time service keeps the clock of this machine."),
        _("Time limits are computed by it: if it drifts, they do."),
        _("Turn on a time service."),
        "timedatectl set-ntp true",
    ),
    "events_unsigned": Kind(
        Level.LIMITED,
        Part.AUDIT,
        _("Events have waited for their signature for %(minutes)d minutes."),
        _("The worker signs every five minutes, so no worker does its work anywhere."),
        _("Start a worker, here or on another machine."),
        "staydown worker",
        Effect.ANSWERS,
    ),
    "canary_asked": Kind(
        Level.LIMITED,
        Part.AUDIT,
        _("Somebody tried hashes of the bank. Keys that were ended for it: %(n)d."),
        _("They have the hashes from elsewhere: a backup, a copy, a partner."),
        _("See in the events which key it was. Find out how the hashes got out."),
    ),
    "key_matched_many": Kind(
        Level.NOTE,
        Part.AUDIT,
        _("Keys whose checks suddenly match very many different entries: %(n)d."),
        _("It may be a wave of copies or an old library, or somebody who tries a list of hashes."),
        _("See in the events which key it was, and ask its platform. End the key if in doubt."),
    ),
    "backup_never": Kind(
        Level.NOTE,
        Part.BACKUPS,
        _("No backup was made with this service yet."),
        _("If this disk fails, every case is lost."),
        _("Make one, and one each day. Keep the keys apart from it."),
        "staydown backup --help",
    ),
    "backup_old": Kind(
        Level.LIMITED,
        Part.BACKUPS,
        _("The last backup is %(days)d days old."),
        _("If this disk fails, what came since is lost."),
        _("See why the daily one did not run, and make one now."),
        "staydown backup --help",
    ),
}
