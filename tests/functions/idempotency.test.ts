/** One key is one job, however often and however closely it is sent; and it is bound to its body and its owner. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { PictureClip } from "../../functions/_generated/contract.d.ts";
import { ProblemError } from "../../functions/_lib/problem.ts";
import { type Submitted, submit } from "../../functions/_lib/submit.ts";
import { clip, keyframes, OWNER, outcome, STRANGER, started, submission } from "./bodies.ts";
import { changed, LEASE_UNTIL, problem, Site, YESTERDAY } from "./site.ts";
import * as state from "../../functions/_lib/state.ts";

const KEY = "0f8fad5b-d9cb-469f-a165-70867728950e";
const site = await Site.open();

function send(request = clip(), more: Parameters<typeof submission>[1] = {}): Promise<Submitted> {
  return submit(site.env, submission(request, { idempotency_key: KEY, ...more }));
}

/** How many jobs, attempts, reservations and keys there are. */
async function stored(): Promise<number[]> {
  const counts = [];
  for (const table of ["jobs", "attempts", "ledger", "idempotency_keys"]) counts.push(await site.count(table));
  return counts;
}

describe("the same key and the same body", () => {
  test("are the same job, and nothing more is stored", async () => {
    const first = await send();
    const second = await send();
    assert.deepEqual([first.is_new, second.is_new], [true, false]);
    assert.equal(second.row.id, first.row.id);
    assert.deepEqual(await stored(), [1, 1, 1, 1]);
    assert.deepEqual(await site.rows("SELECT owner, key, job_id FROM idempotency_keys"), [
      { owner: OWNER, key: KEY, job_id: first.row.id },
    ]);
  });

  test("are the same job with its seed, though none was given", async () => {
    const { row } = await send(clip({ seed: null }));
    assert.equal((await send(clip({ seed: null }))).row.seed, row.seed);
  });

  test("are what they were to a release that knew no deadline", async () => {
    const { row } = await send();
    const { within_seconds: _, sound: __, loudness: ___, guidance: ____, picture_crf: _____, motions: ______, ...request } = clip();
    const byName = ([one]: [string, unknown], [other]: [string, unknown]) => (one < other ? -1 : 1);
    const sorted = (body: object) => Object.fromEntries(Object.entries(body).sort(byName));
    const bytes = new TextEncoder().encode(JSON.stringify({ request: sorted(request), rerun_of: null }));
    const digest = [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))];
    const body_hash = digest.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    assert.deepEqual(await site.rows("SELECT body_hash FROM idempotency_keys"), [{ body_hash }]);
    assert.equal((await send(clip({ within_seconds: null }))).row.id, row.id);
  });

  test("are the same in whatever order the fields come", async () => {
    const { row } = await send();
    const turned = Object.fromEntries(Object.entries(clip()).reverse()) as unknown as PictureClip;
    assert.equal((await send(turned)).row.id, row.id);
  });

  test("tell where the job stands by now", async () => {
    const { row } = await send();
    await state.reported(site.db, started(row.id), LEASE_UNTIL);
    assert.equal((await send()).row.status, "running");
    changed(await state.ended(site.db, outcome(row.id, "succeeded"), { attempt: 1 }));
    const answer = await send();
    assert.deepEqual([answer.row.status, answer.is_new], ["succeeded", false]);
  });

  test("need neither the picture any more nor a won that is left", async () => {
    const request = clip({ upload_id: await site.upload("upload-0001") });
    const { row } = await send(request);
    await site.rows("UPDATE uploads SET expires_at = ?1", YESTERDAY);
    await site.rows("UPDATE limits SET micro_won = 0");
    assert.equal((await send(request)).row.id, row.id);
  });

  test("at once are one job", async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => send()));
    assert.equal(answers.filter(({ is_new }) => is_new).length, 1);
    assert.equal(new Set(answers.map(({ row }) => row.id)).size, 1);
    assert.deepEqual(await stored(), [1, 1, 1, 1]);
  });
});

describe("the same key and another body", () => {
  test("are a conflict, and nothing more is stored", async () => {
    const source = await site.queued();
    const before = await stored();
    const { row } = await send();
    const others = [
      clip({ seed: 1 }),
      clip({ seed: 0 }),
      clip({ prompt: "다른 한 줄" }),
      clip({ prompt: `${clip().prompt} ` }),
      clip({ seconds: 4 }),
      clip({ image_strength: 0 }),
      clip({ guidance: 4 }),
      clip({ motions: ["nod"] }),
      clip({ picture_crf: 0 }),
    ];
    for (const other of others) await assert.rejects(send(other), problem("idempotency-conflict"));
    await assert.rejects(send(clip(), { rerun_of: source.id }), problem("idempotency-conflict"));
    assert.deepEqual(
      await stored(),
      before.map((count) => count + 1),
    );
    assert.equal((await send()).row.id, row.id, "the key still stands for its own body");
  });

  test("are a conflict before the pictures of that body are looked for", async () => {
    await send();
    const request = keyframes("no-such-01", "no-such-02");
    const refusal = submit(site.env, submission(request, { idempotency_key: KEY }));
    await assert.rejects(refusal, problem("idempotency-conflict"));
  });

  test("at once are one job and conflicts", async () => {
    const sent = Array.from({ length: 6 }, (_, seed) => send(clip({ seed })));
    const ends = await Promise.allSettled(sent);
    const refused = ends.filter((end) => end.status === "rejected");
    assert.equal(refused.length, 5);
    for (const { reason } of refused) assert(reason instanceof ProblemError && reason.slug === "idempotency-conflict");
    assert.deepEqual(await stored(), [1, 1, 1, 1]);
  });
});

describe("a key", () => {
  test("is its owner's alone", async () => {
    const mine = await send();
    const theirs = await send(clip({ seed: 5 }), { owner: STRANGER });
    assert(theirs.is_new && theirs.row.id !== mine.row.id);
    assert.equal((await send()).row.id, mine.row.id);
  });

  test("of another value is another job", async () => {
    const first = await send();
    const second = await send(clip(), { idempotency_key: `${KEY}x` });
    assert(second.is_new && second.row.id !== first.row.id);
  });

  test("that was left out makes a job each time", async () => {
    await site.queued();
    await site.queued();
    assert.deepEqual(await stored(), [2, 2, 2, 0]);
  });

  test("is not used up by a refusal", async () => {
    await assert.rejects(send(clip({ upload_id: "upload-0001" })), problem("upload-not-found", "/upload_id"));
    await site.rows("UPDATE limits SET micro_won = 0 WHERE name = 'job'");
    await assert.rejects(send(), problem("cap-exceeded", ""));
    assert.deepEqual(await stored(), [0, 0, 0, 0]);
    await site.rows("UPDATE limits SET micro_won = 1000000000 WHERE name = 'job'");
    assert((await send(clip({ seed: 3 }))).is_new);
  });
});
