"""XML from outside, read by expat alone: no document type, no entities, nothing fetched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

_DEEPEST: Final = 32


class XmlError(Exception):
    """The body is no XML, half of it, or holds what we refuse."""


@dataclass(slots=True)
class Node:
    """One element, its names without namespaces.

    Attributes:
        tag: the element's name.
        attributes: by name.
        children: in order.
        text: what stands directly in it, blanks around it left out.
    """

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def child(self, tag: str) -> Node | None:
        """The first child of this name, or None."""
        return next((node for node in self.children if node.tag == tag), None)

    def text_of(self, tag: str) -> str:
        """The text of the first child of this name; empty where there is none."""
        found = self.child(tag)
        return found.text if found else ""

    def every(self, tag: str) -> list[Node]:
        """All of this name below, at any depth, in order."""
        found = []
        for node in self.children:
            found += [node] if node.tag == tag else []
            found += node.every(tag)
        return found


def read_xml(body: bytes) -> Node:
    """The root of a document.

    Raises:
        XmlError: no whole document, a document type or an entity in it, or nested too deeply.
    """
    top = Node("")
    open_nodes = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_nodes) > _DEEPEST:
            raise XmlError("nested too deeply")
        node = Node(_local(name), {_local(key): value for key, value in attributes.items()})
        open_nodes[-1].children.append(node)
        open_nodes.append(node)

    def end(_name: str) -> None:
        node = open_nodes.pop()
        node.text = node.text.strip()

    def text(data: str) -> None:
        open_nodes[-1].text += data

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    is_all = True
    try:
        parser.Parse(body, is_all)
    except (expat.ExpatError, ValueError, LookupError):
        raise XmlError("no whole XML document that we read") from None
    return top.children[0]


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def _refuse(*_parts: object) -> int:
    raise XmlError("a document type or an entity")
