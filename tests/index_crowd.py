"""Many threads that make tables of the same rows at once: do all get the same?

    MALLOC_ARENA_MAX=1 python tests/index_crowd.py THREADS TIMES

With one arena all threads share what the C library hands out, as they do in a server of a hundred
threads: work space that was given back too early goes to the next thread at once. Prints how many
tables differed from those that one thread made alone.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from index_samples import random_hashes
from staydown.index.layers import as_words
from staydown.index.tables import Tables, build_tables


def content(tables: Tables) -> bytes:
    used = tables.rows[:, : tables.count * tables.row_bytes]
    return tables.offsets.tobytes() + tables.near.tobytes() + used.tobytes()


def main() -> None:
    threads, times = int(sys.argv[1]), int(sys.argv[2])
    words = as_words(random_hashes(1, 3000))
    alone = content(build_tables(words))
    with ThreadPoolExecutor(threads) as pool:
        made = pool.map(lambda _: content(build_tables(words, threads=2)), range(times))
        sys.stdout.write(f"{sum(one != alone for one in made)}\n")


if __name__ == "__main__":
    main()
