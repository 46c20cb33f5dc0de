"""Words that the scripts of the pages show. They come with the page, in its language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from staydown_web.base.mailing import is_ready as mail_is_ready
from staydown_web.portal.selectors.providers import elsewhere_line, elsewhere_note


def file_list_texts() -> dict[str, Any]:
    """For the list of files; ``{name}`` and the like are filled in by the script."""
    return {
        "heading": _("Your files"),
        "readyCount": {
            "one": _("{ready} of {total} ready"),
            "other": _("{ready} of {total} ready"),
        },
        "choose": _("Choose pictures or videos"),
        "addMore": _("Add more files"),
        "stop": _("Stop"),
        "drop": _("You can also drop them here."),
        "dropNow": _("Let go to add them"),
        "empty": _("No file chosen yet."),
        "privacy": _("Files are shown by name, size and date. We never show the picture."),
        "ready": _("Ready"),
        "working": _("Working"),
        "waiting": _("Waiting"),
        "unreadable": _("Not readable here"),
        "stopped": _("Stopped"),
        "secondsLeft": {
            "one": _("about {n} second left"),
            "other": _("about {n} seconds left"),
        },
        "minutesLeft": {
            "one": _("about {n} minute left"),
            "other": _("about {n} minutes left"),
        },
        "remove": _("Remove"),
        "removeName": _("Remove {name}"),
        "again": _("Try again"),
        "againName": _("Try {name} again"),
        "twice": _("{name} is already in the list."),
        "same": _("{name} is the same file as {other}. It is in the list once."),
        "manyTwice": {
            "one": _("{n} file was in the list already. It is there once."),
            "other": _("{n} of these files were in the list already. Each is there once."),
        },
        "nowReady": _("{name} is ready."),
        "nowUnreadable": _("{name} cannot be read here."),
        "allReady": _("All files are ready."),
        "leaveOut": _("You can leave it out, or {program}."),
        "program": _("use the program for computers"),
        "command": _(
            "On a computer with Staydown, this command writes the fingerprint into a file. Then "
            "choose that file here:"
        ),
        "show": _("Show exactly what would be sent later"),
        "dataName": _("The data for {name}"),
        "dataNote": _(
            "For {name}. No picture, no file name, no place, no date. From some fingerprints a "
            "rough likeness could be made, so we protect them like the picture itself."
        ),
        "nothingYet": _("Nothing yet. When a file is ready, you can read here what would be sent."),
        "reasons": _reasons(),
        "notes": {
            "seeked": _(
                "This video was read in a simpler way. Its fingerprint may find fewer copies."
            ),
            "program": _("Made with the program for computers."),
        },
    }


def _reasons() -> dict[str, str]:
    return {
        "unsupported_video": _("Your browser cannot read this kind of video."),
        "unsupported_photo": _("Your browser cannot read this kind of picture."),
        "pixels_changed": _(
            "Your browser hides the picture from this page, to protect you from being followed. "
            "Please use another browser for this file."
        ),
        "unsupported_format": _("This is not a picture or a video that can be read here."),
        "empty_file": _("This file is empty. Please copy it again, or make it anew."),
        "decode_error": _("This file seems damaged. If you have the original, choose that one."),
        "decode_timeout": _("Reading this file took too long here. Please try it again."),
        "no_picture": _("This file holds no picture."),
        "content_too_large": _("This file is too large for a browser."),
        "program_file_invalid": _("No fingerprints of our program can be read in this file."),
        "program_file_too_large": _("This file holds more fingerprints than we take at once."),
        "file_unreadable": _("This file was moved or changed. Please choose it again."),
        "worker_failed": _("Something went wrong while reading this file. Please try it again."),
        "other": _("This file cannot be read here."),
    }


def notice_texts() -> dict[str, Any]:
    """For the steps of a notice."""
    return {
        "files": file_list_texts(),
        "title": _("Step {n} of {all}"),
        "summary": _("Please look at these points first"),
        "urlNeeded": _("Please write at least one full address, such as https://forum.example/p/1"),
        "urlOrFile": _("Please write an address here, or choose the picture in the next step."),
        "urlWrong": _("Line {n} is not a full address. It starts with https:// and has no spaces."),
        "wayNeeded": _("Please choose the one that fits best."),
        "filesNeeded": _("Please choose at least one picture or video. It stays on your device."),
        "filesWorking": _("You can continue when {name} is ready."),
        "filesWorkingMany": _(
            "You can continue when all files are ready. Still being worked on: {n}."
        ),
        "filesLeft": _(
            "Ready: {ready} of {all}. The others have no fingerprint, so no copies of them are "
            "looked for."
        ),
        "websiteNeeded": _("Please choose the website that your notice is for."),
        "lawNeeded": _("Please choose at least one of the rules. You can choose all of them."),
        "actsNeeded": _("Please say whether you are the person shown or act for them."),
        "authorityNeeded": _(
            "Please write who you are and how the person shown asked you to act for them."
        ),
        "modeNeeded": _("Please choose how taking back works. You cannot change it later."),
        # Without mail nobody is asked: the page has no such field then.
        "safeNeeded": _("Please give the e-mail address of someone you trust.")
        if mail_is_ready()
        else "",
        "emailWrong": _("Please write a full address, such as name@mail.example"),
        "tooLong": _("This text has {n} letters, and at most {most} fit. Please shorten it."),
        "phoneWrong": _("Please write the number with its digits, such as +44 20 7946 0000"),
        "lawStarts": _("{law}: the {hours} hours start only when you add what is missing."),
        "lawOpen": _("{law}: complete only when you add what is missing."),
        "lawComplete": _("{law}: complete already."),
        "pointsLeft": _("Points left: {n}"),
        "pointsDone": _("All points are done. You can continue."),
        "pointsOpen": _("These points are done. Something else is still open."),
        "kept": _("Kept from before"),
        "removeName": _("Remove {name}"),
        "picture": _("Picture {n}"),
        "video": _("Video {n}"),
        "storedNow": _("Your draft is now kept on this device."),
        "deletedNow": _("The draft on this device is deleted."),
        **check_texts(),
    }


def check_texts() -> dict[str, str]:
    """For the part that says under which rules a notice is complete."""
    return {
        "complete": _("Complete"),
        "incomplete": _("Not complete yet"),
        "checkAll": _("Your notice is complete under every rule that it follows."),
        "checkOne": _("Your notice is complete under 1 of {n} rules. See what to add."),
        "checkSome": _("Your notice is complete under {valid} of {n} rules. See what to add."),
        "checkNone": _("Your notice is not complete yet. See what to add."),
        "checkMet": _("There:"),
        "checkUnmet": _("Missing:"),
        "checkGo": _("Go there"),
        "urlElsewhere": elsewhere_line(),
    }


def send_texts() -> dict[str, Any]:
    """For the page that shows everything before it is sent."""
    return {
        "way": {
            "published": _("It is online"),
            "threatened": _("Someone says they will share it"),
            "link": _("Only a link"),
        },
        "acts": {
            "self": _("You are the person shown"),
            "representative": _("You act for the person shown"),
        },
        "mode": {
            "immediate": _("At once"),
            "cooling": _("After a pause that a safe contact can stop")
            if mail_is_ready()
            else _("After a pause that a help line can stop"),
        },
        "declared": {
            "good_faith": _(
                "I believe in good faith that this notice is true and complete, and that there was "
                "no consent."
            ),
            "on_service": _("I declare that it is on this service."),
            "role": _("I declare that I am the person shown, or act for them."),
        },
        "age": _("Everyone shown was 18 or older"),
        "none": _("Nothing"),
        "picture": _("Picture {n}"),
        "video": _("Video {n}"),
        "yes": _("Yes"),
        "bytes": _("{n} characters in all"),
        "away": elsewhere_note(),
        "title": _("Step {n} of {all}"),
        **check_texts(),
    }
