"""A little internet on this machine for tests: DNS, RDAP, web, mail, interfaces. See README.md."""

from little_internet.letters import answer_to, automatic_reply, bounce_of
from little_internet.naming import Fails, Turns
from little_internet.web import Answer, Asked, InTurn, json_answer, later, plain, redirect
from little_internet.world import NOW, Net, Scenario, little_internet

__all__ = [
    "NOW",
    "Answer",
    "Asked",
    "Fails",
    "InTurn",
    "Net",
    "Scenario",
    "Turns",
    "answer_to",
    "automatic_reply",
    "bounce_of",
    "json_answer",
    "later",
    "little_internet",
    "plain",
    "redirect",
]
