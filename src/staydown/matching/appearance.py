"""Compare the coarse maps of two pictures where one lies on the other."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from staydown.matching.placement import inverted
from staydown.types.windows import DRAWN_TEXTURE, GRID_SIDE, Grid

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_LUMA_STEP = 8.0
_NOISE = 9.0
"""Difference in grey levels that means nothing: steps of the map and recompression."""
_SLOPE_SHARE = 0.35
"""Share of the local spread of brightness that a small shift may explain."""
MIN_CELLS = 6
_DRAWN_AS = 4.0
_STEPS = (np.arange(GRID_SIDE) + 0.5) / GRID_SIDE
CENTRES = np.stack(np.meshgrid(_STEPS, _STEPS), axis=-1).reshape(-1, 2)
"""Centres of the cells of a lattice, row by row, as fractions: shape (256, 2)."""
_CELLS_A_VOICE = 6.0
"""Neighbouring cells are alike, so that many of them count as one independent observation."""
_LEAST_TRUE, _MOST_TRUE = 0.55, 0.98


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """Brightness and texture of both pictures on one lattice of 16 x 16 cells.

    Attributes:
        matrix: affine map, shape (2, 3), of fractions of the query to fractions of the entry.
        on_query: True where the lattice is the query's map, because it is the coarser one there;
            otherwise it is the entry's.
        valid: cells that both pictures show.
        entry_texture, query_texture: texture, 0..7.
        query_luma: the query's mean brightness, 0..255.
        fitted: the entry's brightness after the change of light that explains most cells.
        query_drawn: share of the cell that looks drawn in the query, 0..1.
        slack: difference in brightness that means nothing there.
        excess: how far the query's brightness lies outside what ``fitted`` allows; 0 = explained.
        chance: share of cells that would be explained if the pictures were unrelated.
    """

    matrix: Floats
    on_query: bool
    valid: Mask
    entry_texture: Floats
    query_texture: Floats
    query_luma: Floats
    fitted: Floats
    query_drawn: Floats
    slack: Floats
    excess: Floats
    chance: float

    def without(self, hidden: Mask) -> Appearance:
        """The same, with some cells of the lattice left out."""
        return replace(self, valid=self.valid & ~hidden)

    @property
    def cells(self) -> int:
        """How many cells both pictures show."""
        return int(self.valid.sum())

    @property
    def explained_share(self) -> float:
        """Share of the common cells whose brightness is explained."""
        return float((self.excess[self.valid] <= 0).mean()) if self.cells else 0.0

    @property
    def evidence(self) -> float:
        """Log-likelihood ratio of "one picture" against "unrelated"; negative speaks against."""
        seen, chance = self.explained_share, min(max(self.chance, 0.02), 0.97)
        true = min(max(seen, _LEAST_TRUE), _MOST_TRUE)
        gain = seen * math.log(true / chance)
        loss = (1 - seen) * math.log((1 - true) / (1 - chance))
        return self.cells / _CELLS_A_VOICE * (gain + loss)


def luma_of(grid: Grid) -> Floats:
    """Brightness of each cell, 0..255: the middle of its step."""
    return np.asarray((grid >> 3) * _LUMA_STEP + _LUMA_STEP / 2, np.float64)


def texture_of(grid: Grid) -> Floats:
    """Texture of each cell, 0..6; a drawn cell counts as middling."""
    texture = (grid & 7).astype(np.float64)
    return np.asarray(np.where(texture == DRAWN_TEXTURE, _DRAWN_AS, texture))


def drawn_of(grid: Grid) -> Floats:
    """1.0 for each cell that looks drawn: flat areas between sharp edges; else 0.0."""
    return np.asarray((grid & 7) == DRAWN_TEXTURE, np.float64)


def compare(m: Floats, query: Grid, entry: Grid) -> Appearance | None:
    """Both maps on the coarser of the two lattices.

    Args:
        m: affine map, shape (2, 3), of fractions of the query to fractions of the entry.
        query: the query's map, not mirrored.
        entry: the entry's map.

    Returns:
        None where too few cells overlap.

    Cost: about 0.1 ms.
    """
    from staydown.matching import light  # noqa: PLC0415 - numba, when needed

    on_query = abs(float(np.linalg.det(m[:, :2]))) > 1.0
    own, other = (query, entry) if on_query else (entry, query)
    view = np.ascontiguousarray(m if on_query else inverted(m))
    luma, valid = light.sampled(luma_of(other), view)
    if int(valid.sum()) < MIN_CELLS:
        return None
    texture, _ = light.sampled(texture_of(other), view)
    drawn = drawn_of(query) if on_query else light.sampled(drawn_of(query), view)[0]
    entry_luma, query_luma = (luma, luma_of(own)) if on_query else (luma_of(own), luma)
    entry_texture, query_texture = (
        (texture, texture_of(own)) if on_query else (texture_of(own), texture)
    )
    slack = _NOISE + _SLOPE_SHARE * np.minimum(light.spread(entry_luma), light.spread(query_luma))
    fitted = light.change_of_light(entry_luma, query_luma, valid, slack)
    slack = _NOISE + _SLOPE_SHARE * np.minimum(light.spread(fitted), light.spread(query_luma))
    excess = np.where(valid, np.maximum(np.abs(query_luma - fitted) - slack, 0.0), 0.0)
    chance = float(light.chance_share(fitted, query_luma, valid, slack))
    return Appearance(
        matrix=m,
        on_query=on_query,
        valid=valid,
        entry_texture=entry_texture,
        query_texture=query_texture,
        query_luma=query_luma,
        fitted=fitted,
        query_drawn=drawn,
        slack=slack,
        excess=excess,
        chance=chance,
    )
