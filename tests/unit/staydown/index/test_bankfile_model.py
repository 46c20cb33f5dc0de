"""Whatever is done to a bank file, in whatever order, it equals a dict."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from index_samples import any_fingerprint, pdq_only
from staydown.index import BankFile, search_exhaustive
from staydown.types import Fingerprint, SignalType

SEEDS = st.integers(0, 40)


class BankAgainstDict(RuleBasedStateMachine):
    """Two openers of one file take turns; the dict is the truth."""

    names = Bundle("names")

    @initialize()
    def create(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "bank.sdb"
        self.banks = [BankFile.create(self.path), BankFile.open(self.path)]
        self.truth: dict[str, tuple[Fingerprint, dict[str, str]]] = {}
        self.next = 0

    @rule(target=names, seed=SEEDS, by=st.integers(0, 1), tag=st.text(max_size=3))
    def add(self, seed, by, tag):
        name = f"n{self.next}"
        self.next += 1
        meta = {"tag": tag} if tag else {}
        self.banks[by].add(name, any_fingerprint(seed), meta=meta)
        self.truth[name] = (any_fingerprint(seed), meta)
        return name

    @rule(seed=SEEDS, count=st.sampled_from([0, 3, 270]), by=st.integers(0, 1))
    def add_many(self, seed, count, by):
        names = [f"n{self.next + k}" for k in range(count)]
        self.next += count
        new = {name: (pdq_only(seed + k), {}) for k, name in enumerate(names)}
        self.banks[by].add_many((name, f) for name, (f, _) in new.items())
        self.truth |= new

    @rule(name=names, by=st.integers(0, 1))
    def remove(self, name, by):
        if name in self.truth:
            self.banks[by].remove(name)
            del self.truth[name]

    @rule(by=st.integers(0, 1))
    def compact(self, by):
        self.banks[by].compact()

    @rule(by=st.integers(0, 1))
    def reopen(self, by):
        self.banks[by].close()
        self.banks[by] = BankFile.open(self.path)

    @rule(by=st.integers(0, 1), seed=SEEDS, max_bits=st.sampled_from([0, 31, 110]))
    def search(self, by, seed, max_bits):
        bank = self.banks[by]
        bank.refresh()
        entries = list(bank.entries())
        rows = [bank.frames(e.number)[2] for e in entries]
        owners = [e.entry_id for e, r in zip(entries, rows, strict=True) for _ in r]
        query = np.frombuffer(pdq_only(seed).get(SignalType.PDQ).raw, np.uint8)
        stored = np.concatenate([np.empty((0, 32), np.uint8), *rows])
        near, bits = search_exhaustive(query, stored, max_bits=max_bits)
        hits = bank.search_pdq(query[None], max_bits=max_bits)
        assert [bank.entry_id(e) for e in hits.entry.tolist()] == [owners[i] for i in near]
        assert hits.distance.tolist() == bits.tolist()

    @rule(by=st.integers(0, 1))
    def verify(self, by):
        assert self.banks[by].verify() == len(self.truth)

    @invariant()
    def both_openers_equal_the_dict(self):
        if not hasattr(self, "banks"):
            return
        for bank in self.banks:
            bank.refresh()
            assert len(bank) == len(self.truth)
            assert {e.entry_id: e.meta for e in bank.entries()} == {
                name: meta for name, (_, meta) in self.truth.items()
            }
            for name in list(self.truth)[::37]:
                assert bank.fingerprint(name) == self.truth[name][0]

    def teardown(self):
        if hasattr(self, "folder"):
            for bank in self.banks:
                bank.close()
            self.folder.cleanup()


TestBankAgainstDict = BankAgainstDict.TestCase
TestBankAgainstDict.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)
