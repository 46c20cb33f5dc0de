// A client of HMA in the manner of a moderation console: bare fetch, an address with a slash at
// its end, ratios as texts, a bank looked for before it is used. Run by test_clients.py with the
// address and a key; it ends with status 0 when everything was as HMA's documents say.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

const BASE = process.env.HMA_SERVICE_URL; // with a slash at its end
const PHOTO = readFileSync(process.env.HMA_PHOTO);
const MEDIA_URL = process.env.HMA_MEDIA_URL;
const HEADERS = process.env.HMA_KEY ? { "X-API-Key": process.env.HMA_KEY } : {};
const CAT = "62c9789627838f69f23cf98c29e37836d61c87c31c59587c4b49a783f496725c";
const BANK = "COOP_ORG1_HOLIDAYS";

async function call(method, path, { json, form } = {}) {
  const headers = { ...HEADERS };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  const body = form ?? (json === undefined ? undefined : JSON.stringify(json));
  const answer = await fetch(`${BASE}/${path}`, { method, headers, body });
  const text = await answer.text();
  let parsed = text;
  if (answer.headers.get("content-type")?.includes("json")) parsed = JSON.parse(text);
  return { status: answer.status, ok: answer.ok, body: parsed };
}

function photo(name = "photo") {
  const form = new FormData();
  form.append(name, new Blob([PHOTO]), "upload.jpg");
  return form;
}

before(async () => {
  const made = await call("POST", "c/banks", { json: { name: BANK, enabled_ratio: "1" } });
  assert.equal(made.status, 201, JSON.stringify(made));
  assert.deepEqual(made.body, { name: BANK, matching_enabled_ratio: 1 });
});

after(async () => {
  const gone = await call("DELETE", `c/bank/${BANK}`);
  assert.ok(gone.ok);
  assert.equal((await call("GET", `c/bank/${BANK}`)).status, 404);
});

test("the service is alive", async () => {
  assert.equal((await call("GET", "status")).body, "I-AM-ALIVE");
});

test("a bank is there, and one that is not is 404", async () => {
  assert.equal((await call("GET", `c/bank/${BANK}`)).status, 200);
  assert.equal((await call("GET", "c/bank/COOP_ORG1_NONE")).status, 404);
});

test("the share of a bank is changed", async () => {
  const changed = await call("PUT", `c/bank/${BANK}`, { json: { enabled_ratio: 0.5 } });
  assert.equal(changed.body.matching_enabled_ratio, 0.5);
  await call("PUT", `c/bank/${BANK}`, { json: { enabled_ratio: 1 } });
});

test("a file is added, found and taken out", async () => {
  const form = photo();
  form.append("note", "Reported by a member");
  const added = await call("POST", `c/bank/${BANK}/content`, { form });
  assert.equal(added.status, 200, JSON.stringify(added));
  assert.equal(typeof added.body.id, "number");
  const hashes = (await call("POST", "h/hash", { form: photo() })).body;
  assert.deepEqual(added.body.signals, hashes);
  const query = new URLSearchParams({ signal_type: "pdq", signal: hashes.pdq });
  const found = await call("GET", `m/lookup?${query}`);
  assert.deepEqual(found.body[BANK], [{ bank_content_id: added.body.id, distance: "0" }]);
  const gone = await call("DELETE", `c/bank/${BANK}/content/${added.body.id}`);
  assert.deepEqual(gone.body, { deleted: 1 });
  assert.deepEqual((await call("GET", `m/lookup?${query}`)).body, {});
});

test("what is at an address is hashed, added with metadata, and looked up", async () => {
  const address = new URLSearchParams({ url: MEDIA_URL });
  const hashes = await call("GET", `h/hash?${address}`);
  assert.equal(hashes.status, 200, JSON.stringify(hashes));
  const json = { metadata: { content_id: "type1:item1", json: { source: "report" } }, note: "n" };
  const added = await call("POST", `c/bank/${BANK}/content?${address}`, { json });
  assert.deepEqual(added.body.signals, hashes.body);
  const found = await call("GET", `m/lookup?${address}`);
  assert.equal(found.body.pdq[BANK][0].bank_content_id, added.body.id);
  const one = await call("GET", `m/lookup?${address}&signal_type=pdq`);
  assert.equal(one.body[BANK][0].distance, "0");
  const shown = await call("GET", `c/bank/${BANK}/content/${added.body.id}`);
  assert.equal(shown.body.metadata.content_id, "type1:item1");
  assert.deepEqual(shown.body.metadata.json, { source: "report" });
  assert.equal(shown.body.note, "n");
});

test("a hash that is in no bank is in no answer", async () => {
  const query = new URLSearchParams({ signal_type: "pdq", signal: CAT });
  assert.deepEqual((await call("GET", `m/lookup?${query}`)).body, {});
});

test("errors have a message", async () => {
  const refused = await call("GET", "m/lookup?signal_type=pdq&signal=zz");
  assert.equal(refused.status, 400);
  assert.equal(typeof refused.body.message, "string");
});
