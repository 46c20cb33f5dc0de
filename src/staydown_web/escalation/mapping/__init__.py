"""Public facts about a site, read from the net: no tables, no media, nothing of any person."""

from staydown_web.escalation.mapping.bootstrap import Bootstrap, read_bootstrap
from staydown_web.escalation.mapping.mapper import map_site
from staydown_web.escalation.mapping.names import Names
from staydown_web.escalation.mapping.pace import Pace
from staydown_web.escalation.mapping.signatures import Known, Rule, Signatures, carried_signatures
from staydown_web.escalation.mapping.way_out import RobotsError, Seen, WayOut
from staydown_web.escalation.mapping.ways import Ways, system_ways

__all__ = [
    "Bootstrap",
    "Known",
    "Names",
    "Pace",
    "RobotsError",
    "Rule",
    "Seen",
    "Signatures",
    "WayOut",
    "Ways",
    "carried_signatures",
    "map_site",
    "read_bootstrap",
    "system_ways",
]
