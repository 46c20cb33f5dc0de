"""Request and answer, row by row, over HTTP: the interface as HMA's documents and tests have it."""

from __future__ import annotations

import pytest

from staydown_web.banks.services import open_segments
from web.hma import pictures
from web.hma.rows import ANY, Id, Near, Row, delete, get, post, put, says, wrong

# Hashes that HMA's own library ships as examples: of pictures of a bridge and of two logos.
BRIDGE = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
BRIDGE_2_OFF = "f8f8f0cee0f4a84f06370a2a038f63f0b36e26d596621e1d33e6b39c4e9c9b22"
LOGO = "c186f9619659658c4b6916daf934496985f4259c72c39676ab9edb631c3c349c"
CAT = "62c9789627838f69f23cf98c29e37836d61c87c31c59587c4b49a783f496725c"
NOTHING = "5" * 64
MD5 = "cab08b36195edb1a1231d2d09fa450e0"
EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"


def off(signal: str, bits: int) -> str:
    """A hash that is so many bits away."""
    return f"{int(signal, 16) ^ ((1 << bits) - 1):064x}"


def looked_up(
    signal: str, body: object, *, status: int = 200, kind: str = "pdq", **more: str
) -> Row:
    return get("/m/lookup", status, body, params={"signal": signal, "signal_type": kind, **more})


def raw(signal: str, body: object, *, status: int = 200, kind: str = "pdq", **more: str) -> Row:
    return get(
        "/m/raw_lookup", status, body, params={"signal": signal, "signal_type": kind, **more}
    )


def bank(name: str, ratio: float = 1.0) -> dict[str, object]:
    return {"name": name, "matching_enabled_ratio": ratio}


def match(name: str, distance: object = "0") -> dict[str, object]:
    return {"bank_content_id": Id(name), "distance": distance}


MISSING = [{"type": "missing", "loc": [ANY], "msg": ANY}]
ALL_OFF = {"present": False, "built_to": -1, "size": 0}

TABLE: dict[str, list[Row]] = {
    "status": [
        get("/status", 200, "I-AM-ALIVE"),
        get("/status", 200, {"status": "ready"}, headers={"Accept": "application/json"}),
        get("/status/live", 200, "I-AM-ALIVE"),
        get("/livez", 200, "OK"),
        get("/readyz", 200, "READY"),
        get("/site-map", 200, ANY),
        Row("POST", "/m/index/status", 405),
        Row("PATCH", "/c/banks", 405),
        get("/m/index/status", 200, {"pdq": ALL_OFF, "video_md5": ALL_OFF}),
        get("/m/index/status?signal_type=pdq", 200, {"pdq": ALL_OFF}),
        get("/m/index/status?signal_type=tmk", 400, says("No such signal type 'tmk'")),
    ],
    "banks": [
        get("/c/banks", 200, []),
        post("/c/banks", 400, says("UPPER_WITH_UNDERSCORE"), json={"name": "01_TEST_BANK"}),
        post("/c/banks", 400, says("UPPER_WITH_UNDERSCORE"), json={"name": "my_test_bank"}),
        post("/c/banks", 400, says("UPPER_WITH_UNDERSCORE"), json={"name": ""}),
        post("/c/banks", 400, says("UPPER_WITH_UNDERSCORE"), json={"name": "A\n"}),
        post("/c/banks", 201, bank("MY_TEST_BANK_01"), json={"name": "MY_TEST_BANK_01"}),
        get("/c/banks", 200, [bank("MY_TEST_BANK_01")]),
        get("/c/bank/MY_TEST_BANK_01", 200, bank("MY_TEST_BANK_01")),
        post("/c/banks", 403, says("Bank already exists"), json={"name": "MY_TEST_BANK_01"}),
        post("/c/banks", 422, MISSING, json={}),
        post("/c/banks", 422, MISSING, content=b"{", headers={"Content-Type": "application/json"}),
        post("/c/banks", 422, ANY, json={"name": 7}),
        post("/c/banks", 422, ANY, json={"name": "B", "enabled_ratio": "much"}),
        post("/c/banks", 422, ANY, json={"name": "B", "enabled_ratio": 1.5}),
        # Coop sends the ratio as a text.
        post("/c/banks", 201, bank("HALF", 0.5), json={"name": "HALF", "enabled_ratio": "0.5"}),
        post("/c/banks", 201, bank("OFF", 0.0), json={"name": "OFF", "enabled": False}),
        post("/c/banks", 201, bank("_ON"), json={"name": "_ON", "enabled": True}),
        put("/c/bank/HALF", 400, says("UPPER_WITH_UNDERSCORE"), json={"name": "1_invalid"}),
        put("/c/bank/HALF", 200, bank("WHOLE", 0.5), json={"name": "WHOLE"}),
        put("/c/bank/WHOLE", 200, bank("WHOLE", 0), json={"enabled": False}),
        put("/c/bank/WHOLE", 200, bank("WHOLE", 0.5), json={"enabled_ratio": 0.5}),
        put("/c/bank/WHOLE", 200, bank("WHOLE", 0.5), json={}),
        put("/c/bank/WHOLE", 403, says("Bank name already exists"), json={"name": "OFF"}),
        put("/c/bank/NO_SUCH", 404, says("Bank not found"), json={"enabled": True}),
        put("/c/bank/WHOLE", 422, ANY, json={"enabled": "perhaps"}),
        get("/c/bank/HALF", 404, says("bank 'HALF' not found")),
        get("/c/bank/%00", 404, ANY),
        get("/c/bank/reported", 404, says("bank 'reported' not found")),
        delete("/c/bank/WHOLE", 200, {"message": "Done"}),
        delete("/c/bank/WHOLE", 200, {"message": "Done"}),
        get("/c/bank/WHOLE", 404, says("not found")),
        post("/c/banks", 201, bank("WHOLE"), json={"name": "WHOLE"}),
    ],
    "signals and lookups": [
        post("/c/banks", 201, json={"name": "A"}),
        post("/c/banks", 201, json={"name": "B"}),
        post(
            "/c/bank/A/signal",
            200,
            {"id": ANY, "signals": {"pdq": BRIDGE}},
            json={"pdq": BRIDGE},
            keeps="a",
        ),
        post("/c/bank/B/signal", 200, json={"pdq": BRIDGE}, keeps="b"),
        post("/c/bank/A/signal", 200, json={"pdq": CAT}, keeps="cat"),
        post("/c/bank/A/signal", 200, json={"video_md5": MD5.upper()}, keeps="film"),
        looked_up(BRIDGE, {"A": [match("a")], "B": [match("b")]}),
        looked_up(BRIDGE_2_OFF, {"A": [match("a", "2")], "B": [match("b", "2")]}),
        looked_up(off(BRIDGE, 31), {"A": [match("a", "31")], "B": [match("b", "31")]}),
        looked_up(off(BRIDGE, 32), {}),
        looked_up(NOTHING, {}),
        looked_up(BRIDGE, {"A": [match("a")]}, banks="A"),
        looked_up(BRIDGE, {"A": [match("a")], "B": [match("b")]}, banks="A,B,C"),
        looked_up(BRIDGE, {}, banks="NON_EXISTENT_BANK"),
        looked_up(MD5, {"A": [match("film", "-")]}, kind="video_md5"),
        looked_up(MD5.upper(), {"A": [match("film", "-")]}, kind="video_md5"),
        looked_up(EMPTY_MD5, {}, kind="video_md5"),
        raw(BRIDGE, {"matches": [Id("a"), Id("b")]}),
        raw(CAT, {"matches": [Id("cat")]}),
        raw(NOTHING, {"matches": []}),
        raw(BRIDGE, {"matches": [match("a"), match("b")]}, include_distance="True"),
        raw(BRIDGE, {"matches": [match("b")]}, include_distance="1", banks="B"),
        raw(BRIDGE, {"matches": [Id("b")]}, include_distance="false", banks="B"),
        raw(BRIDGE, {"matches": []}, banks="NON_EXISTENT_BANK"),
        raw(MD5, {"matches": [match("film", "-")]}, kind="video_md5", include_distance="true"),
        raw(BRIDGE, ANY, status=422, include_distance="perhaps"),
        raw("", says("invalid signal"), status=400),
        raw("zz", says("invalid signal"), status=400),
        raw(BRIDGE.upper(), says("invalid signal"), status=400),
        raw(BRIDGE + "\n", says("invalid signal"), status=400),
        raw("zz", says("invalid signal"), status=400, kind="video_md5"),
        raw(BRIDGE, says("No such SignalType 'tmk'"), status=400, kind="tmk"),
        get("/m/raw_lookup", 422, MISSING * 2),
        get(f"/m/raw_lookup?signal={BRIDGE}", 422, MISSING),
        get("/m/lookup", 400, says("Either url or both signal and signal_type are required")),
        get(f"/m/lookup?signal={BRIDGE}", 400, says("are required")),
        looked_up("zz", says("invalid signal"), status=400),
        looked_up(BRIDGE, says("No such SignalType"), status=400, kind="pdf"),
        get(
            "/m/index/status?signal_type=pdq",
            200,
            {"pdq": {"present": True, "built_to": ANY, "size": 3}},
        ),
        get(
            "/c/signal_type/index?signal_type=video_md5",
            200,
            {
                "video_md5": {
                    "db_size": 1,
                    "index_size": 1,
                    "index_out_of_date": False,
                    "newest_db_item": ANY,
                    "index_built_to": ANY,
                }
            },
        ),
        post("/c/bank/NO_SUCH/signal", 404, says("bank 'NO_SUCH' not found"), json={"pdq": CAT}),
        post("/c/bank/A/signal", 400, says("No signals given"), json={}),
        post("/c/bank/A/signal", 400, says("No such signal type tmk"), json={"tmk": CAT}),
        post("/c/bank/A/signal", 400, says("Invalid pdq signal"), json={"pdq": "zz"}),
        post("/c/bank/A/signal", 400, says("Invalid pdq signal"), json={"pdq": 7}),
        post("/c/bank/A/signal", 400, ANY, json=[CAT]),
        post("/c/bank/A/signal", 415, ANY, content=b"pdq"),
        post("/c/bank/A/signal", 400, says("255"), json={"pdq": CAT, "note": "x" * 256}),
        post("/c/bank/A/signal", 400, says("too plain"), json={"pdq": "0" * 64}),
    ],
    "enabled ratio": [
        post("/c/banks", 201, json={"name": "PART", "enabled_ratio": 0.5}),
        post("/c/bank/PART/signal", 200, json={"pdq": CAT}, keeps="cat"),
        # random.Random("1").random() is 0.47…, of "3" it is 0.87…
        looked_up(CAT, {"PART": [match("cat")]}, seed="1"),
        looked_up(CAT, {"PART": [match("cat")]}, seed="1"),
        looked_up(CAT, {}, seed="3"),
        looked_up(CAT, {}, seed="3"),
        looked_up(CAT, {"PART": [match("cat")]}, seed="3", bypass_coinflip="true"),
        put("/c/bank/PART", 200, json={"enabled": False}),
        looked_up(CAT, {}, seed="1"),
        looked_up(CAT, {"PART": [match("cat")]}, seed="1", bypass_coinflip="true"),
        raw(CAT, {"matches": [Id("cat")]}),
        put("/c/bank/PART", 200, bank("PART"), json={"enabled": True}),
        looked_up(CAT, {"PART": [match("cat")]}, seed="3"),
        looked_up(CAT, ANY, status=422, bypass_coinflip="perhaps"),
    ],
    "contents": [
        post("/c/banks", 201, json={"name": "A"}),
        post("/c/banks", 201, json={"name": "B"}),
        post("/c/bank/A/signal", 200, json={"pdq": CAT, "note": "from a list"}, keeps="a"),
        post("/c/bank/B/signal", 200, json={"pdq": LOGO}, keeps="b"),
        get(
            "/c/bank/A/content/{a}",
            200,
            {
                "id": Id("a"),
                "disable_until_ts": 1,
                "original_media_uri": None,
                "bank": bank("A"),
                "note": "from a list",
            },
        ),
        get(
            "/c/bank/A/content/{a}?include_signals=true",
            200,
            {
                "id": Id("a"),
                "disable_until_ts": 1,
                "original_media_uri": None,
                "bank": bank("A"),
                "note": "from a list",
                "signals": {"pdq": CAT},
            },
        ),
        get("/c/bank/NO_SUCH/content/1", 404, says("bank 'NO_SUCH' not found")),
        get("/c/bank/A/content/999999", 404, says("content '999999' not found")),
        get("/c/bank/A/content/99999999999999999999999", 404, says("not found")),
        get("/c/bank/A/content/x", 404, ANY),
        get("/c/bank/A/content", 405, ANY),
        # HMA shows, changes and deletes a content through any other bank's name.
        get("/c/bank/A/content/{b}", 404, says("not found")),
        put("/c/bank/A/content/{b}", 404, says("not found"), json={"disable_until_ts": 0}),
        delete("/c/bank/A/content/{b}", 200, {"deleted": 0}),
        looked_up(LOGO, {"B": [match("b")]}),
        put(
            "/c/bank/A/content/{a}",
            200,
            {
                "id": Id("a"),
                "disable_until_ts": 0,
                "collab_metadata": {},
                "original_media_uri": None,
                "bank": bank("A"),
                "user_metadata": None,
                "note": "from a list",
            },
            json={"disable_until_ts": 0},
        ),
        looked_up(CAT, {}),
        raw(CAT, {"matches": [Id("a")]}),
        put("/c/bank/A/content/{a}", 200, ANY, json={"disable_until_ts": "1"}),
        looked_up(CAT, {"A": [match("a")]}),
        put("/c/bank/A/content/{a}", 200, ANY, json={"disable_until_ts": 1_000_000_000}),
        looked_up(CAT, {"A": [match("a")]}),
        put("/c/bank/A/content/{a}", 400, says("5 years"), json={"disable_until_ts": 9999999999}),
        put("/c/bank/A/content/{a}", 400, says("non-negative"), json={"disable_until_ts": -1}),
        put("/c/bank/A/content/{a}", 400, says("Invalid int"), json={"disable_until_ts": "soon"}),
        put("/c/bank/A/content/{a}", 400, says("Invalid int"), json={"disable_until_ts": None}),
        put("/c/bank/A/content/{a}", 400, says("note should be"), json={"note": 7}),
        put("/c/bank/A/content/{a}", 400, ANY, json=[]),
        put("/c/bank/A/content/{a}", 415, ANY, content=b"x"),
        put("/c/bank/A/content/{a}", 200, ANY, json={"note": ""}),
        get(
            "/c/bank/A/content/{a}",
            200,
            {
                "id": Id("a"),
                "disable_until_ts": 1_000_000_000,
                "original_media_uri": None,
                "bank": bank("A"),
            },
        ),
        # The same hash twice: two contents, and it matches until the last is gone.
        post("/c/bank/A/signal", 200, json={"pdq": CAT}, keeps="again"),
        looked_up(CAT, {"A": [match("a"), match("again")]}),
        delete("/c/bank/A/content/{a}", 200, {"deleted": 1}),
        delete("/c/bank/A/content/{a}", 200, {"deleted": 0}),
        looked_up(CAT, {"A": [match("again")]}),
        delete("/c/bank/A/content/{again}", 200, {"deleted": 1}),
        looked_up(CAT, {}),
        raw(CAT, {"matches": []}),
        delete("/c/bank/NO_SUCH/content/1", 404, says("bank 'NO_SUCH' not found")),
        delete("/c/bank/B", 200, {"message": "Done"}),
        looked_up(LOGO, {}),
        looked_up(LOGO, {}, bypass_coinflip="true"),
        raw(LOGO, {"matches": []}),
    ],
    "comparison": [
        post(
            "/m/compare",
            200,
            {"pdq": [True, {"distance": 2}]},
            json={"pdq": [BRIDGE, BRIDGE_2_OFF]},
        ),
        post(
            "/m/compare", 200, {"pdq": [True, {"distance": 31}]}, json={"pdq": [CAT, off(CAT, 31)]}
        ),
        post(
            "/m/compare", 200, {"pdq": [False, {"distance": 32}]}, json={"pdq": [CAT, off(CAT, 32)]}
        ),
        post(
            "/m/compare",
            200,
            {"video_md5": [True, {"distance": "-"}]},
            json={"video_md5": [MD5, MD5]},
        ),
        post(
            "/m/compare",
            200,
            {"video_md5": [False, {"distance": "-"}]},
            json={"video_md5": [MD5, EMPTY_MD5]},
        ),
        post("/m/compare", 200, {}, json={}),
        post("/m/compare", 400, says("was not a dict"), json=[]),
        post("/m/compare", 400, says("was not a list"), json={"pdq": CAT}),
        post("/m/compare", 400, says("length must be exactly 2"), json={"pdq": [CAT]}),
        post("/m/compare", 400, says("No such SignalType"), json={"tmk": [CAT, CAT]}),
        post("/m/compare", 400, says("Invalid pdq hash"), json={"pdq": [CAT, "zz"]}),
        post("/m/compare", 400, says("Invalid pdq hash"), json={"pdq": [CAT, None]}),
        post("/m/compare", 415, ANY, content=b"{}"),
        post("/m/compare", 400, ANY, content=b"{", headers={"Content-Type": "application/json"}),
        Row("GET", "/m/compare", 405),
    ],
    "kinds": [
        get(
            "/c/signal_type",
            200,
            [
                {"name": "pdq", "enabled_ratio": 1.0},
                {"name": "video_md5", "enabled_ratio": 1.0},
            ],
        ),
        get(
            "/c/content_type",
            200,
            [
                {"name": "photo", "enabled": True},
                {"name": "video", "enabled": True},
            ],
        ),
        get("/c/signal_type/index", 200, {"pdq": ANY, "video_md5": ANY}),
        get("/c/signal_type/index?signal_type=tmk", 400, says("No such signal type")),
        put("/c/signal_type/pdq", 204, ANY, json={"enabled_ratio": 0}),
        looked_up(CAT, says("SignalType 'pdq' is not enabled"), status=400),
        post(
            "/h/hash?types=pdq",
            400,
            says("doesn't exist or is disabled"),
            files={"photo": pictures.BRIDGE},
        ),
        get(
            "/c/signal_type",
            200,
            [
                {"name": "pdq", "enabled_ratio": 0.0},
                {"name": "video_md5", "enabled_ratio": 1.0},
            ],
        ),
        put("/c/signal_type/pdq", 204, ANY, json={"enabled_ratio": "1.0"}),
        looked_up(CAT, {}),
        put("/c/signal_type/pdq", 400, says("enabled_ratio is required"), json={}),
        put("/c/signal_type/pdq", 400, says("Invalid float"), json={"enabled_ratio": "all"}),
        put("/c/signal_type/pdq", 400, says("range"), json={"enabled_ratio": 2}),
        put("/c/signal_type/tmk", 400, says("Unknown signal type"), json={"enabled_ratio": 1}),
    ],
    "uploads": [
        post("/h/hash", 200, {"pdq": ANY}, files={"photo": pictures.BRIDGE}),
        post("/h/hash?types=pdq", 200, {"pdq": ANY}, files={"photo": pictures.BRIDGE}),
        post("/h/hash", 200, {"video_md5": ANY}, files={"video": pictures.VIDEO}),
        post("/h/hash", 200, {"video_md5": EMPTY_MD5}, files={"video": b""}),
        post("/h/hash", 400, says("Missing multipart/form-data")),
        post("/h/hash", 400, says("Missing multipart/form-data"), content=pictures.BRIDGE),
        post("/h/hash", 400, says("Missing multipart/form-data"), data={"photo": "no file"}),
        post("/h/hash", 400, says("Only one file"), files=[("photo", b"1"), ("video", b"2")]),
        post("/h/hash", 400, says("Only one file"), files=[("photo", b"1"), ("photo", b"2")]),
        post("/h/hash", 400, says("no such content_type: 'sound'"), files={"sound": b"1"}),
        post(
            "/h/hash?types=tmk",
            400,
            says("'tmk' doesn't exist or is disabled"),
            files={"photo": pictures.BRIDGE},
        ),
        post(
            "/h/hash?types=,",
            400,
            says("empty signal type selection"),
            files={"photo": pictures.BRIDGE},
        ),
        # HMA answers each of these with 500.
        post("/h/hash", 400, says("neither a picture nor a video"), files={"photo": b"no picture"}),
        post("/h/hash", 400, ANY, files={"photo": b""}),
        post("/h/hash", 400, ANY, files={"photo": pictures.BRIDGE[:200]}),
        post(
            "/m/lookup", 400, says("neither a picture nor a video"), files={"photo": b"no picture"}
        ),
        post(
            "/h/hash",
            400,
            ANY,
            content=b"--x\r\n",
            headers={"Content-Type": "multipart/form-data; boundary=x"},
        ),
        post("/m/lookup", 400, says("Missing multipart/form-data")),
        post("/c/banks", 201, json={"name": "A"}),
        post("/m/lookup", 200, {"pdq": {}}, files={"photo": pictures.BRIDGE}),
        post(
            "/c/bank/A/content",
            200,
            {"id": ANY, "signals": {"pdq": ANY}},
            files={"photo": pictures.BRIDGE},
            keeps="a",
        ),
        post("/m/lookup", 200, {"pdq": {"A": [match("a")]}}, files={"photo": pictures.BRIDGE}),
        post("/m/lookup?banks=B", 200, {"pdq": {}}, files={"photo": pictures.BRIDGE}),
        post(
            "/m/lookup?banks=A&seed=7&bypass_coinflip=true",
            200,
            {"pdq": {"A": [match("a")]}},
            files={"photo": pictures.BRIDGE},
        ),
        post("/m/lookup", 200, {"pdq": {}}, files={"photo": pictures.COFFEE}),
        post(
            "/c/bank/A/content",
            200,
            {"id": ANY, "signals": {"video_md5": ANY}},
            files={"video": pictures.VIDEO},
            keeps="film",
        ),
        post(
            "/m/lookup",
            200,
            {"video_md5": {"A": [match("film", "-")]}},
            files={"video": pictures.VIDEO},
        ),
        post("/m/lookup", 200, {"video_md5": {}}, files={"video": pictures.VIDEO + b"\0"}),
        post(
            "/c/bank/A/content",
            200,
            ANY,
            files={"video": b"a file of a kind that nobody opens"},
            keeps="file",
        ),
        post(
            "/m/lookup",
            200,
            {"video_md5": {"A": [match("file", "-")]}},
            files={"video": b"a file of a kind that nobody opens"},
        ),
        post("/c/bank/A/content", 400, says("Neither `url` nor multipart")),
        post(
            "/c/bank/A/content", 400, says("neither a picture nor"), files={"photo": b"no picture"}
        ),
        post("/c/bank/NO_SUCH/content", 404, says("not found"), files={"photo": pictures.BRIDGE}),
    ],
    "notes": [
        post("/c/banks", 201, json={"name": "A"}),
        post(
            "/c/bank/A/content",
            400,
            says("Invalid metadata"),
            files={"photo": pictures.BRIDGE},
            data={"metadata": '{"invalid_metadata": 5}'},
        ),
        post(
            "/c/bank/A/content",
            400,
            says("must be valid JSON"),
            files={"photo": pictures.BRIDGE},
            data={"metadata": "{"},
        ),
        post(
            "/c/bank/A/content",
            400,
            says("should be a json object"),
            files={"photo": pictures.BRIDGE},
            data={"metadata": "[]"},
        ),
        post(
            "/c/bank/A/content",
            400,
            says("255"),
            files={"photo": pictures.BRIDGE},
            data={"note": "x" * 256},
        ),
        post(
            "/c/bank/A/content",
            200,
            ANY,
            files={"photo": pictures.BRIDGE},
            data={
                "note": "ü" * 255,
                "metadata": '{"content_id": "1197433091", "json": {"asdf": {}}}',
            },
            keeps="a",
        ),
        get(
            "/c/bank/A/content/{a}",
            200,
            {
                "id": Id("a"),
                "disable_until_ts": 1,
                "original_media_uri": None,
                "bank": bank("A"),
                "metadata": {
                    "content_id": "1197433091",
                    "content_uri": None,
                    "json": {"asdf": {}},
                    "collab": None,
                },
                "note": "ü" * 255,
            },
        ),
        get(
            "/c/bank/A/content/{a}?include_metadata=false",
            200,
            {
                "id": Id("a"),
                "disable_until_ts": 1,
                "original_media_uri": None,
                "bank": bank("A"),
                "note": "ü" * 255,
            },
        ),
    ],
    "files that are decoded wrongly elsewhere": [
        post("/c/banks", 201, json={"name": "A"}),
        post("/c/bank/A/content", 200, ANY, files={"photo": pictures.BRIDGE}, keeps="a"),
        post(
            "/m/lookup",
            200,
            {"pdq": {"A": [match("a", Near(24))]}},
            files={"photo": pictures.palette_png()},
        ),
        post(
            "/m/lookup",
            200,
            {"pdq": {"A": [match("a", Near(24))]}},
            files={"photo": pictures.palette_with_alpha_png()},
        ),
        post(
            "/m/lookup",
            200,
            {"pdq": {"A": [match("a", Near(24))]}},
            files={"photo": pictures.cmyk_jpeg()},
        ),
        post(
            "/m/lookup",
            200,
            {"pdq": {"A": [match("a", Near(10))]}},
            files={"photo": pictures.turned_jpeg()},
        ),
        post(
            "/m/lookup",
            200,
            {"pdq": {"A": [match("a", Near(24))]}},
            files={"photo": pictures.sixteen_bit_png()},
        ),
        post(
            "/m/lookup",
            200,
            {"pdq": {"A": [match("a", Near(24))]}},
            files={"photo": pictures.animation()},
        ),
        # A picture of one colour has a hash, and stands for the same file alone.
        post("/h/hash", 200, {"pdq": ANY}, files={"photo": pictures.plain_png()}),
        post(
            "/c/bank/A/content",
            200,
            {"id": ANY, "signals": {"pdq": ANY}},
            files={"photo": pictures.plain_png()},
            keeps="plain",
        ),
        post(
            "/m/lookup",
            200,
            {"pdq": {"A": [match("plain")]}},
            files={"photo": pictures.plain_png()},
        ),
        post("/m/lookup", 200, {"pdq": {}}, files={"photo": pictures.plain_png(129)}),
    ],
    "exchanges": [
        get("/c/exchanges", 200, []),
        get("/c/exchanges/apis", 200, ["fb_threatexchange", "ncmec", "stop_ncii", "tat"]),
        get(
            "/c/exchanges/api/ncmec",
            200,
            {"supports_authentification": True, "has_set_authentification": False},
        ),
        get("/c/exchanges/api/sample", 400, says("no such Exchange API 'sample'")),
        get("/c/exchanges/api/sample/schema", 404, says("Exchange API 'sample' not found")),
        get(
            "/c/exchanges/api/fb_threatexchange/schema",
            200,
            {
                "config_schema": {
                    "fields": [
                        {
                            "name": "privacy_group",
                            "type": "number",
                            "required": True,
                            "default": None,
                            "help": ANY,
                            "choices": None,
                        }
                    ]
                },
                "credentials_schema": {
                    "fields": [
                        {
                            "name": "api_token",
                            "type": "string",
                            "required": True,
                            "default": None,
                            "help": ANY,
                            "choices": None,
                        }
                    ]
                },
            },
        ),
        get("/c/exchanges/api/ncmec/schema", 200, ANY),
        post("/c/exchanges", 400, says("bank is required"), json={"api": "ncmec"}),
        post(
            "/c/exchanges",
            400,
            says("must match /^[A-Z0-9_]+$/"),
            json={"bank": "lower", "api": "ncmec"},
        ),
        post("/c/exchanges", 400, says("UPPER_WITH_UNDERSCORE"), json={"bank": "1A", "api": "tat"}),
        post("/c/exchanges", 400, says("Field `api_type` is required"), json={"bank": "A"}),
        post(
            "/c/exchanges",
            400,
            says("No such exchange type 'sample'"),
            json={"bank": "A", "api": "sample"},
        ),
        post(
            "/c/exchanges",
            400,
            says("Field `api_json` must be object"),
            json={"bank": "A", "api": "tat", "api_json": []},
        ),
        post(
            "/c/exchanges",
            400,
            says("Failed to parse `api_json`"),
            json={"bank": "A", "api": "fb_threatexchange"},
        ),
        post(
            "/c/exchanges",
            400,
            says("Failed to parse `api_json`"),
            json={"bank": "A", "api": "fb_threatexchange", "api_json": {"privacy_group": True}},
        ),
        post(
            "/c/exchanges",
            400,
            says("no field only_esp_ids"),
            json={
                "bank": "A",
                "api": "ncmec",
                "api_json": {"environment": "https://ncmec.example", "only_esp_ids": [7]},
            },
        ),
        post(
            "/c/exchanges",
            400,
            says("https"),
            json={"bank": "A", "api": "ncmec", "api_json": {"environment": "http://ncmec.example"}},
        ),
        post("/c/exchanges", 415, ANY, content=b"{}"),
        post(
            "/c/exchanges",
            201,
            {"message": "Created successfully"},
            json={"bank": "GROUP", "api": "fb_threatexchange", "api_json": {"privacy_group": 123}},
        ),
        post(
            "/c/exchanges", 403, says("of this name already"), json={"bank": "GROUP", "api": "tat"}
        ),
        get("/c/exchanges", 200, ["GROUP"]),
        get("/c/bank/GROUP", 200, bank("GROUP")),
        get(
            "/c/exchange/GROUP",
            200,
            {
                "name": "GROUP",
                "api": "fb_threatexchange",
                "enabled": True,
                "privacy_group": 123,
                "credential_status": {
                    "supports_auth": True,
                    "has_credentials": False,
                    "source": None,
                },
            },
        ),
        get(
            "/c/exchange/GROUP/status",
            200,
            {
                "checkpoint_ts": None,
                "running_fetch_start_ts": None,
                "last_fetch_complete_ts": None,
                "last_fetch_succeeded": None,
                "up_to_date": False,
                "fetched_items": 0,
            },
        ),
        get("/c/exchange/NO_SUCH", 404, says("Exchange 'NO_SUCH' not found")),
        get("/c/exchange/NO_SUCH/status", 404, says("not found")),
        post(
            "/c/exchanges/api/fb_threatexchange",
            400,
            says("the fields are api_token"),
            json={"credential_json": {"token": "x"}},
        ),
        post(
            "/c/exchanges/api/fb_threatexchange",
            400,
            says("json object"),
            json={"credential_json": "x"},
        ),
        post(
            "/c/exchanges/api/fb_threatexchange",
            200,
            {"supports_authentification": True, "has_set_authentification": True},
            json={"credential_json": {"api_token": "1|a"}},
        ),
        get(
            "/c/exchange/GROUP/credentials",
            200,
            {"supports_auth": True, "has_credentials": True, "source": "api"},
        ),
        post(
            "/c/exchange/GROUP/credentials",
            200,
            {"supports_auth": True, "has_credentials": True, "source": "exchange"},
            json={"credential_json": {"api_token": "2|b"}},
        ),
        post(
            "/c/exchange/GROUP/credentials",
            200,
            {"supports_auth": True, "has_credentials": True, "source": "api"},
            json={"credential_json": None},
        ),
        post(
            "/c/exchange/GROUP/credentials",
            400,
            says("unexpected fields"),
            json={"credential_json": None, "more": 1},
        ),
        post("/c/exchange/GROUP/credentials", 400, says("expects a json object"), json={}),
        post(
            "/c/exchanges/api/fb_threatexchange",
            200,
            {"supports_authentification": True, "has_set_authentification": False},
            json={"credential_json": {}},
        ),
        post(
            "/c/exchange/GROUP/credentials",
            400,
            says("cannot be without credentials"),
            json={"credential_json": None},
        ),
        put(
            "/c/exchange/GROUP",
            200,
            {"name": "GROUP", "api": "fb_threatexchange", "enabled": False, "privacy_group": 123},
            json={"enabled": False},
        ),
        get("/c/bank/GROUP", 200, bank("GROUP", 0.0)),
        put("/c/exchange/GROUP", 200, ANY, json={"enabled": True}),
        put("/c/exchange/GROUP", 200, ANY, json={}),
        # Its bank is the partner's: not changed through these calls.
        put("/c/bank/GROUP", 403, says("own pages"), json={"enabled_ratio": 0.5}),
        delete("/c/bank/GROUP", 403, says("own pages")),
        post("/c/bank/GROUP/signal", 403, says("own pages"), json={"pdq": CAT}),
        delete("/c/exchange/GROUP", 200, {"message": "Exchange deleted"}),
        delete("/c/exchange/GROUP", 200, {"message": "Exchange deleted"}),
        get("/c/exchanges", 200, []),
        get("/c/bank/GROUP", 404, ANY),
        post(
            "/c/exchanges",
            201,
            ANY,
            json={
                "bank": "OWN",
                "api": "stop_ncii",
                "api_json": {"enabled": False},
                "credential_json": {
                    "fetch_function_key": "f",
                    "subscription_key": "s",
                    "base_url_override": "https://stopncii.example/v1",
                },
            },
        ),
        get(
            "/c/exchange/OWN",
            200,
            {
                "name": "OWN",
                "api": "stop_ncii",
                "enabled": False,
                "credential_status": {
                    "supports_auth": True,
                    "has_credentials": True,
                    "source": "exchange",
                },
            },
        ),
    ],
}


@pytest.mark.parametrize("group", TABLE)
def test_the_answers_are_those_of_the_table(group, hma):
    open_segments()
    found = wrong(TABLE[group], hma)
    assert not found, "\n".join(found)


def test_the_table_is_long_enough():
    assert sum(len(rows) for rows in TABLE.values()) >= 80


def test_a_hash_is_the_same_as_that_of_the_library(hma, demo_fingerprint):
    """The hash of a photo at full size, bit for bit: what lists of others hold."""
    made = demo_fingerprint("coffee.jpg").get("pdq").value
    assert hma.post("/h/hash", files={"photo": pictures.COFFEE}).json() == {"pdq": made}
