"""Find a region whose content was replaced, from the coarse maps and the points.

Every common cell gets a log-likelihood ratio of "other content here" against "the same": from its
brightness after the change of light, its texture, and whether its points have partners. Neighbours
are pooled, and the heaviest connected region is judged: a replaced region is one region, compact,
and photographic; text is thin or many, stickers and plates are drawn, bars are flat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from staydown.matching.agreement import Agreement
from staydown.matching.appearance import CENTRES, Appearance
from staydown.matching.placement import carried, inverted
from staydown.matching.views import View
from staydown.types.windows import GRID_SIDE

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

LEAST_MASS = 9.0
"""Pooled evidence that a region must reach. Source: ADR-0010."""
_LEAST_CELLS = 4
_LEAST_SHARE = 0.85
"""Share of all evidence that must lie in one region; text and stickers are scattered."""
_MOST_DRAWN = 0.16
"""Share of drawn cells from which a region counts as a sticker or plate. Source: ADR-0010."""
_MOST_FLAT = 0.6
_FLAT_TEXTURE = 0.5
_LINE_CELLS, _LINE_RATIO = 3, 2.0
"""A region so low and so many times wider is a line of text."""
_STRIP_CELLS, _STRIP_RATIO = 2, 3.0
_MOST_AT_EDGE = 0.35
"""Share of cells at the edge of what is common; more is a misfit of the edge or a bar."""
_LETTERS_TEXTURE, _LETTERS_RISE = 5.75, 0.7
"""A region this busy, and busier than what was there, is lettering."""
_WIDE_RATIO, _WIDE_TEXTURE, _WIDE_RISE = 1.2, 3.8, 0.3
"""So is a wide region that is moderately busy, and busier than what was there."""
_RAGGED_COMPACTNESS, _RAGGED_TEXTURE, _RAGGED_RISE = 0.6, 4.6, 1.2
"""So is a ragged region that is busy, and busier than what was there."""
_OUTLINED_SIGN, _OUTLINED_TEXTURE, _OUTLINED_RISE = -0.93, 4.9, 0.0
"""So is a busy region that only became darker: letters with a dark outline."""
_GLARE_TEXTURE, _GLARE_SIGN = 1.05, 0.97
"""A region only brighter, whose texture stays, is glare."""
_SOFT_GLARE_TEXTURE, _SOFT_GLARE_SIGN, _SOFT_GLARE_MASS, _SOFT_GLARE_POINTS = 2.2, 0.95, 2.1, 0.5
"""So is one mostly brighter, weakly differing, with hardly a point in it."""
_PALE_GLARE_TEXTURE, _PALE_GLARE_SIGN, _PALE_GLARE_MASS = 0.7, 0.8, 1.7
"""So is one mainly brighter, whose texture stays, that differs little."""
_LEAST_MASS_A_CELL = 0.9
"""Less is noise that adds up over a large flat area."""
_LEAST_COMPACT = 0.33
_LEAST_ELSEWHERE = 0.9
"""Explained share that the rest of the picture must have."""
_LEAST_COMMON = 40
_SATURATED = (12.0, 244.0)

_LUMA_MISS = ((0.0, 0.4, 0.8, 1.0, 1.5, 2.5), (-1.2, -0.9, -0.2, 0.6, 2.0, 3.0))
_TEXTURE_MISS = ((0.0, 0.8, 1.6, 2.5, 4.0), (-0.6, -0.3, 0.3, 1.0, 1.8))
_PARTNER, _NO_PARTNER = -2.0, 0.6
_POOL = np.array([[0.5, 0.8, 0.5], [0.8, 1.0, 0.8], [0.5, 0.8, 0.5]])


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """The heaviest region of differing cells.

    Attributes:
        cells: on the lattice of the appearance.
        mass: summed evidence.
        share: this region's share of all evidence of difference.
        drawn: share of its cells that look drawn in the query.
        flat: share of its cells without texture in the query.
        height, width: extent in cells.
        compactness: 1 for a square or disc, less for thin or ragged shapes.
        elsewhere: explained share of the other common cells.
        at_edge: share of its cells at the edge of what both pictures show.
        texture_change: mean change of texture, beyond the usual one.
        texture: mean texture in the query.
        texture_rise: how much more texture than in the entry, beyond the usual change.
        points: points a cell there.
        brighter: mean difference of brightness over mean absolute difference, -1..1.
    """

    cells: Mask
    mass: float
    share: float
    drawn: float
    flat: float
    height: int
    width: int
    compactness: float
    elsewhere: float
    at_edge: float
    texture_change: float
    texture: float
    texture_rise: float
    points: float
    brighter: float

    @property
    def is_line(self) -> bool:
        """True for the shape of a line of text, or of a strip."""
        return (self.height <= _LINE_CELLS and self.width >= _LINE_RATIO * self.height) or (
            self.width <= _STRIP_CELLS and self.height >= _STRIP_RATIO * self.width
        )

    @property
    def is_lettering(self) -> bool:
        """True where letters were put on: busier than before, and very busy, wide or ragged."""
        if self.texture >= _LETTERS_TEXTURE and self.texture_rise >= _LETTERS_RISE:
            return True
        if (
            self.brighter <= _OUTLINED_SIGN
            and self.texture >= _OUTLINED_TEXTURE
            and self.texture_rise >= _OUTLINED_RISE
        ):
            return True
        if self.width >= _WIDE_RATIO * self.height:
            return self.texture >= _WIDE_TEXTURE and self.texture_rise >= _WIDE_RISE
        return (
            self.compactness <= _RAGGED_COMPACTNESS
            and self.texture >= _RAGGED_TEXTURE
            and self.texture_rise >= _RAGGED_RISE
        )

    @property
    def is_glare(self) -> bool:
        """True where light was added and the texture stayed."""
        if self.texture_change < _GLARE_TEXTURE and self.brighter >= _GLARE_SIGN:
            return True
        per_cell = self.mass / self.cells.sum()
        if (
            self.texture_change < _PALE_GLARE_TEXTURE
            and self.brighter >= _PALE_GLARE_SIGN
            and per_cell < _PALE_GLARE_MASS
        ):
            return True
        return bool(
            self.texture_change < _SOFT_GLARE_TEXTURE
            and self.brighter >= _SOFT_GLARE_SIGN
            and per_cell < _SOFT_GLARE_MASS
            and self.points < _SOFT_GLARE_POINTS
        )

    @property
    def is_replacement(self) -> bool:
        """True where the region looks replaced, not covered by something drawn."""
        return bool(
            self.mass >= max(LEAST_MASS, _LEAST_MASS_A_CELL * self.cells.sum())
            and int(self.cells.sum()) >= _LEAST_CELLS
            and self.share >= _LEAST_SHARE
            and self.drawn <= _MOST_DRAWN
            and self.flat <= _MOST_FLAT
            and not self.is_line
            and not self.is_lettering
            and not self.is_glare
            and self.at_edge <= _MOST_AT_EDGE
            and self.compactness >= _LEAST_COMPACT
            and self.elsewhere >= _LEAST_ELSEWHERE
        )


def _cells_of(fractions: Floats) -> Floats:
    """How many points lie in each cell; points as fractions, shape (n, 2)."""
    at = np.clip((fractions * GRID_SIDE).astype(np.int64), 0, GRID_SIDE - 1)
    counts = np.zeros((GRID_SIDE, GRID_SIDE))
    np.add.at(counts, (at[:, 1], at[:, 0]), 1)
    return counts


def _point_counts(
    query: View, agreement: Agreement, appearance: Appearance
) -> tuple[Floats, Floats]:
    """Points with a partner and all points, a cell of the lattice."""
    view, column = (query, 0) if appearance.on_query else (agreement.entry, 1)
    spots = view.points[:, :2] / np.array([view.width, view.height])
    return _cells_of(spots[agreement.pairs[:, column]]), _cells_of(spots)


def _texture_change(appearance: Appearance) -> Floats:
    """Change of texture beyond the usual one; blur, noise and scale change it everywhere."""
    change = appearance.query_texture - appearance.entry_texture
    return np.asarray(change - np.median(change[appearance.valid]))


def difference_map(query: View, agreement: Agreement, appearance: Appearance) -> Floats:
    """Log-likelihood ratio of "other content" against "the same" for each cell; 0 where unseen."""
    valid = appearance.valid
    luma = np.clip(appearance.query_luma, *_SATURATED)
    miss = np.abs(luma - np.clip(appearance.fitted, *_SATURATED)) / appearance.slack
    ratio = np.interp(miss, *_LUMA_MISS)
    change = np.abs(_texture_change(appearance))
    is_clipped = (appearance.query_luma <= _SATURATED[0]) | (appearance.query_luma >= _SATURATED[1])
    ratio += np.where(is_clipped, 0.0, np.interp(change, *_TEXTURE_MISS))
    found, there = _point_counts(query, agreement, appearance)
    usual = min(1.0, 2 * found[valid].sum() / max(1.0, there[valid].sum()))
    ratio += _PARTNER * np.minimum(found, 2)
    ratio += np.where(found == 0, _NO_PARTNER * usual * np.minimum(there, 3), 0.0)
    return np.asarray(np.where(valid, ratio, 0.0))


def _pooled(ratio: Floats) -> Floats:
    padded = np.pad(ratio, 1)
    return np.asarray(
        sum(
            _POOL[r, c] * padded[r : r + GRID_SIDE, c : c + GRID_SIDE]
            for r in range(3)
            for c in range(3)
        )
    )


def _parts(mask: Mask) -> list[Mask]:
    """The 4-connected parts of a mask."""
    left, parts = mask.copy(), []
    while left.any():
        part = np.zeros_like(mask)
        part.flat[int(np.argmax(left))] = True
        size = 0
        while size != int(part.sum()):
            size = int(part.sum())
            part = _grown(part) & mask
        parts.append(part)
        left &= ~part
    return parts


def _grown(mask: Mask) -> Mask:
    """The mask and its 4-neighbours."""
    grown = mask.copy()
    grown[1:] |= mask[:-1]
    grown[:-1] |= mask[1:]
    grown[:, 1:] |= mask[:, :-1]
    grown[:, :-1] |= mask[:, 1:]
    return grown


def _rim(mask: Mask) -> Mask:
    """The cells of a mask that have a 4-neighbour outside it, or outside the lattice."""
    return mask & _grown(np.pad(~mask, 1, constant_values=True))[1:-1, 1:-1]


def _edge_length(mask: Mask) -> int:
    padded = np.pad(mask, 1)
    return int((padded[1:] ^ padded[:-1]).sum() + (padded[:, 1:] ^ padded[:, :-1]).sum())


def heaviest_region(query: View, agreement: Agreement, appearance: Appearance) -> Region | None:
    """The region that differs most, or None where nothing does or too little is common.

    Cost: about 0.4 ms.
    """
    if appearance.cells < _LEAST_COMMON:
        return None
    ratio = difference_map(query, agreement, appearance)
    weighed = [
        (float(ratio[part].sum()), k, part)
        for k, part in enumerate(_parts((_pooled(ratio) > 0) & appearance.valid))
    ]
    weighed = [w for w in weighed if w[0] > 0]
    if not weighed:
        return None
    mass, _, cells = max(weighed)
    rows, columns = np.nonzero(cells)
    rest = appearance.valid & ~cells
    change = _texture_change(appearance)[cells]
    _, there = _point_counts(query, agreement, appearance)
    brighter = (appearance.query_luma - appearance.fitted)[cells]
    return Region(
        cells=cells,
        mass=mass,
        share=mass / sum(w[0] for w in weighed),
        drawn=float((appearance.query_drawn[cells] >= 0.5).mean()),
        flat=float((appearance.query_texture[cells] < _FLAT_TEXTURE).mean()),
        height=int(np.ptp(rows)) + 1,
        width=int(np.ptp(columns)) + 1,
        compactness=16 * len(rows) / _edge_length(cells) ** 2,
        elsewhere=float((appearance.excess[rest] <= 0).mean()) if rest.any() else 0.0,
        at_edge=float((_rim(appearance.valid) & cells).sum() / len(rows)),
        texture_change=float(np.abs(change).mean()),
        texture=float(appearance.query_texture[cells].mean()),
        texture_rise=float(change.mean()),
        points=float(there[cells].mean()),
        brighter=float(brighter.mean() / max(1e-9, np.abs(brighter).mean())),
    )


def altered_cells(region: Region, appearance: Appearance) -> tuple[int, ...]:
    """The region on the entry's grid: 16 rows of 16 bits, bit 15 = leftmost."""
    cells = region.cells
    if appearance.on_query:
        at = carried(inverted(appearance.matrix), CENTRES)
        inside = ((at >= 0) & (at < 1)).all(1)
        index = np.clip((at * GRID_SIDE).astype(np.int64), 0, GRID_SIDE - 1)
        cells = (cells[index[:, 1], index[:, 0]] & inside).reshape(GRID_SIDE, GRID_SIDE)
    weights = 1 << np.arange(GRID_SIDE - 1, -1, -1)
    return tuple(int(v) for v in cells @ weights)
