/** A submission becomes a job with its attempt and its reservation, or a refusal that leaves no row. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import presets from "../../functions/_generated/presets.json" with { type: "json" };
import type { JobRequest, Tier } from "../../functions/_generated/contract.d.ts";
import type { Env } from "../../functions/_lib/env.ts";
import { isId, madeAt } from "../../functions/_lib/id.ts";
import { estimateFor } from "../../functions/_lib/prices.ts";
import { submit } from "../../functions/_lib/submit.ts";
import { clip, OWNER, submission } from "./bodies.ts";
import { NOW, setClock } from "./database.ts";
import { problem, Site } from "./site.ts";

const site = await Site.open();

describe("a submission that is taken", () => {
  test("is stored whole, before anybody else hears of it", async () => {
    const request = clip({ seed: 42, prompt: "  눈을 깜빡이고 😀 \n살짝 웃는다  " });
    const price = estimateFor(request);
    // A release that knows no deadline can read it.
    const { within_seconds: _, sound: __, loudness: ___, guidance: ____, picture_crf: _____, motions: ______, ...asStored } = request;
    const { row, is_new } = await submit(site.env, submission(request));
    assert(is_new && isId(row.id));
    assert.equal(madeAt(row.id), NOW);
    const nothing = {
      kind: "clip",
      text: null,
      stage: null,
      progress: null,
      started_at: null,
      finished_at: null,
      deleted_at: null,
      purged_at: null,
      billed_micro_won: null,
      resolved: null,
      video: null,
      video_key: null,
      poster: null,
      poster_key: null,
      quality: null,
      cost: null,
      title: null,
      picture_name: null,
      share_hash: null,
      shared_until: null,
      problem_slug: null,
      problem_detail: null,
      call_id: null,
      deadline_at: null,
      batch_id: null,
      project_id: null,
      scene_id: null,
      scene_number: null,
      input_hash: null,
      paused_at: null,
      last_frame: null,
      continues: null,
      rerun_of: null,
      handed_at: null,
      look_again_at: null,
      unreadable_since: null,
      is_unreported: 0,
      is_favorite: 0,
      search: "  눈을 깜빡이고 😀 \n살짝 웃는다  ",
      token_id: null,
      request_id: null,
      card: null,
      wanted_at: null,
    };
    assert.deepEqual(
      { ...row },
      {
        ...nothing,
        id: row.id,
        owner: OWNER,
        status: "queued",
        version: 1,
        attempt: 1,
        seq: 0,
        cancel_requested: 0,
        created_at: "2026-11-23T03:00:00.000Z",
        expires_at: "2026-12-23T03:00:00.000Z",
        day: "2026-11-23",
        input: JSON.stringify(asStored),
        inputs: "[]",
        seed: 42,
        gpu: price.gpu,
        estimate_micro_won: price.micro_won,
        reserved_micro_won: price.high_micro_won,
        price_rev: price.price_rev,
        dispatch_tries: 0,
        lease_until: "2026-11-23T03:00:15.000Z",
      },
    );
    const stored = await site.stored(row);
    assert.deepEqual(stored.job, { ...row });
    const [attempt, ...others] = stored.attempts;
    assert.partialDeepStrictEqual(attempt, { attempt: 1, gpu: price.gpu, outcome: "open", started_at: null });
    assert.deepEqual(others, []);
    const held = { owner: OWNER, day: "2026-11-23", micro_won: price.high_micro_won, at: row.created_at };
    assert.deepEqual(stored.ledger, [{ job_id: row.id, kind: "reserve", ...held }]);
    assert.equal(await site.count("idempotency_keys"), 0);
  });

  test("keeps a seed of nought, and draws one where none was given", async () => {
    assert.equal((await site.queued(clip({ seed: 0 }))).seed, 0);
    const drawn = [];
    for (let count = 0; count < 5; count++) drawn.push((await site.queued()).seed);
    assert(drawn.every((seed) => Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32));
    assert(new Set(drawn).size > 1);
  });

  test("counts for the day it is in Seoul", async () => {
    setClock("2026-11-23T14:59:59.999Z");
    const before = await site.queued();
    setClock("2026-11-23T15:00:00.000Z");
    const after = await site.queued();
    const days = await site.rows("SELECT day, at FROM ledger ORDER BY at");
    assert.deepEqual(days, [
      { day: "2026-11-23", at: before.created_at },
      { day: "2026-11-24", at: after.created_at },
    ]);
  });

  test("is its submitter's to send on for a moment, and never for longer than a lease", async () => {
    const until = async (lease: string | undefined) =>
      (await submit({ ...site.env, LEASE_SECONDS: lease } as Env, submission())).row.lease_until;
    assert.equal(await until("4"), "2026-11-23T03:00:04.000Z");
    for (const lease of ["900", "0", "-1", "soon", "", undefined]) {
      assert.equal(await until(lease), "2026-11-23T03:00:15.000Z", `a lease of ${lease}`);
    }
  });

  test("of a job that is run again names that job", async () => {
    const first = await site.queued();
    const again = await site.queued(clip({ seed: first.seed }), { rerun_of: first.id });
    assert.deepEqual([again.rerun_of, again.seed, again.status], [first.id, first.seed, "queued"]);
    assert.notEqual(again.id, first.id);
    assert.equal((await site.stored(first)).job?.["rerun_of"], null);
  });
});

describe("what is not offered", () => {
  test("a preset that the site's models cannot make, by its name", async () => {
    const gone = { ...clip(), preset: "of other models" } as unknown as JobRequest;
    await assert.rejects(submit(site.env, submission(gone)), problem("invalid-job", "/preset"));
    assert.equal(await site.count("jobs"), 0);
  });

  const ALL: Tier[] = ["352p", "704p", "1088p"];
  for (const { name, tiers } of presets.presets) {
    const others = ALL.filter((tier) => !tiers.includes(tier));
    if (others.length === 0) continue; // what is made from a clip comes in every size of one
    test(`${name} at ${others.join(" and ")}`, async () => {
      for (const tier of others) {
        const request = { ...clip(), preset: name, tier } as JobRequest;
        const refusal = submit(site.env, submission(request, { idempotency_key: "key-00000001" }));
        await assert.rejects(refusal, problem("invalid-job", "/tier"));
        await assert.rejects(
          refusal,
          (error: { errors: { detail: { en: string } }[] }) =>
            error.errors[0]?.detail.en === `It must be one of: ${tiers.join(", ")}`,
        );
      }
      for (const table of ["jobs", "attempts", "ledger", "idempotency_keys"]) assert.equal(await site.count(table), 0);
    });
  }
});
