"""Endless hostile files from a seed: sound ones, changed in ways that parsers find hard to take.

A plain flip of bits rarely gets past a checksum or a length. So some changes know the containers:
they change what a chunk, a segment or an atom holds, and make the bookkeeping right again.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Change = Callable[[bytes, random.Random], bytes]

_NUMBERS = (0, 1, 2, 7, 8, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 2**31 - 1, 2**31, 2**32)
_PNG = b"\x89PNG\r\n\x1a\n"
_HEAD = 512
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Mutant:
    """One file.

    Attributes:
        name: of the sound file, and the number of the change.
        data: the bytes.
    """

    name: str
    data: bytes


def mutant(material: dict[str, bytes], seed: int, number: int) -> Mutant:
    """The file of a number; the same everywhere.

    Args:
        material: sound files by name.
        seed: of the campaign.
        number: from 0.
    """
    chance = random.Random(f"{seed}-{number}")
    name = chance.choice(sorted(material))
    data = material[name]
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        data = chance.choice(_changes_for(data, name, material))(data, chance)[:_MOST_BYTES]
    return Mutant(f"{number:06}-{name}", data)


def _changes_for(data: bytes, name: str, material: dict[str, bytes]) -> Sequence[Change]:
    found: list[Change] = [_flip, _number, _stretch, _cut, _swap]
    kind = name.rpartition(".")[2]
    kin = [other for n, other in sorted(material.items()) if n.rpartition(".")[2] == kind]
    found.append(lambda mine, chance: _cross(mine, chance.choice(kin), chance))
    if data.startswith(_PNG):
        found += [_png] * 5
    elif data.startswith(b"\xff\xd8"):
        found += [_jpeg] * 4
    elif data.startswith(b"RIFF"):
        found += [_riff] * 4
    elif data[4:8] == b"ftyp":
        found += [_atom] * 5
    return found


def _place(data: bytes, chance: random.Random) -> int:
    """Heads are a small part of a file and most of what is parsed: aim at them half of the time."""
    high = min(len(data), _HEAD) if chance.random() < 0.5 else len(data)
    return chance.randrange(high) if high else 0


def _flip(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.choice((1, 2, 8, 64))):
        if out:
            out[_place(data, chance)] ^= 1 << chance.randrange(8)
    return bytes(out)


def _number(data: bytes, chance: random.Random) -> bytes:
    """A number in the place of others, in one of the sizes and orders that formats use."""
    form = chance.choice(("<B", "<H", ">H", "<I", ">I", ">Q"))
    size = struct.calcsize(form)
    at, value = _place(data, chance), chance.choice(_NUMBERS) + chance.choice((-1, 0, 0, 1))
    packed = struct.pack(form, value & ((1 << 8 * size) - 1))
    return data[:at] + packed + data[at + size :]


def _stretch(data: bytes, chance: random.Random) -> bytes:
    at, size = _place(data, chance), chance.choice((1, 4, 16, 256, 4096))
    piece = data[at : at + size]
    new = chance.choice((b"", piece * 2, piece * 50, bytes(len(piece)), chance.randbytes(size)))
    return data[:at] + new + data[at + size :]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: _place(data, chance)]


def _swap(data: bytes, chance: random.Random) -> bytes:
    one, two = sorted((_place(data, chance), _place(data, chance)))
    return (
        data[:one]
        + data[two : two + 64]
        + data[one + 64 : two]
        + data[one : one + 64]
        + data[two + 64 :]
    )


def _cross(mine: bytes, other: bytes, chance: random.Random) -> bytes:
    """The head of one file and the rest of another of the same kind."""
    return mine[: _place(mine, chance)] + other[_place(other, chance) :]


def _png(data: bytes, chance: random.Random) -> bytes:
    """Chunks changed, repeated, left out or put in another order, all with right checksums."""
    chunks, at = [], len(_PNG)
    while at + 12 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        chunks.append((name, data[at + 8 : at + 8 + size]))
        at += 12 + size
    if not chunks:
        return _flip(data, chance)
    which = chance.randrange(len(chunks))
    name, body = chunks[which]
    match chance.randrange(5):
        case 0:
            del chunks[which]
        case 1:
            chunks += [chunks[which]] * chance.choice((1, 3, 300))
        case 2:
            chance.shuffle(chunks)
        case 3 if name == b"IDAT":
            chunks[which] = (name, _inflated(body, chance))
        case _:
            chunks[which] = (name, chance.choice((_flip, _number, _stretch))(body, chance))
    return _PNG + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def _inflated(body: bytes, chance: random.Random) -> bytes:
    """Compressed rows whose content is changed: what a filter or a palette then meets."""
    try:
        rows = zlib.decompressobj().decompress(body, _MOST_BYTES)
    except zlib.error:
        return _flip(body, chance)
    return zlib.compress(chance.choice((_flip, _stretch, _cut))(rows, chance))


def _jpeg(data: bytes, chance: random.Random) -> bytes:
    """One segment changed within, repeated or left out; lengths stay right."""
    segments, at = [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        (size,) = struct.unpack_from(">H", data, at + 2)
        segments.append((at, size + 2))
        at += size + 2
    if not segments:
        return _flip(data, chance)
    start, size = chance.choice(segments)
    head, body = data[start : start + 4], data[start + 4 : start + size]
    changed = chance.choice((_flip, _number, _stretch))(body, chance)[:65_000]
    whole = head[:2] + struct.pack(">H", len(changed) + 2) + changed
    whole = chance.choice((whole, whole, whole * 2, whole * 40, b""))
    return data[:start] + whole + data[start + size :]


def _riff(data: bytes, chance: random.Random) -> bytes:
    """One chunk changed within; its length and the file's are right again."""
    chunks, at = [], 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        chunks.append((name, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    if not chunks:
        return _flip(data, chance)
    which = chance.randrange(len(chunks))
    name, body = chunks[which]
    chunks[which] = (name, chance.choice((_flip, _number, _stretch, _cut))(body, chance))
    if chance.random() < 0.3:
        chunks.insert(which, chunks[chance.randrange(len(chunks))])
    joined = b"".join(
        name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2) for name, body in chunks
    )
    return b"RIFF" + struct.pack("<I", len(joined) + 4) + data[8:12] + joined


def _atom(data: bytes, chance: random.Random) -> bytes:
    """One atom, at any depth, changed within; the lengths of all around it are right again."""
    return _within(data, chance, depth=0)


def _within(data: bytes, chance: random.Random, depth: int) -> bytes:
    atoms, at = [], 0
    while at + 8 <= len(data):
        size = struct.unpack_from(">I", data, at)[0]
        if not 8 <= size <= len(data) - at:
            break
        atoms.append((at, size))
        at += size
    if not atoms:
        return chance.choice((_flip, _number, _stretch))(data, chance)
    start, size = chance.choice(atoms)
    name, body = data[start + 4 : start + 8], data[start + 8 : start + size]
    if depth < 8 and chance.random() < 0.8:
        skipped = 4 if name in {b"meta", b"iinf", b"iref", b"stsd", b"dref"} else 0
        body = body[:skipped] + _within(body[skipped:], chance, depth + 1)
    else:
        body = chance.choice((_flip, _number, _stretch, _cut))(body, chance)
    made = struct.pack(">I", len(body) + 8) + name + body
    made = chance.choice((made, made, made, made * 2, b""))
    return data[:start] + made + data[start + size :]
