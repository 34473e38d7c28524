/** The edge opens the same cards at the same moments as the evenings that Python plays, on a real database. */

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Seconds } from "../../functions/_generated/contract.d.ts";
import { dispatch } from "../../functions/_lib/dispatch.ts";
import { submit } from "../../functions/_lib/submit.ts";
import { clip, submission } from "./bodies.ts";
import { NOW } from "./database.ts";
import evenings from "./evenings.json" with { type: "json" };
import { Platform } from "./platform.ts";
import { Site } from "./site.ts";

const site = await Site.open();
const network = globalThis.fetch;
const { preset, ratio, seconds, tier } = evenings.choice;
const CHOICE = { preset, ratio, seconds: seconds as Seconds, tier } as Parameters<typeof clip>[0];

after(() => {
  globalThis.fetch = network;
});

describe("an evening at the edge", () => {
  for (const { presses, deadline_seconds, opened_ms, done_ms } of evenings.evenings) {
    const words = presses.map(([at, clips]) => `${clips} clips at second ${at}`).join(", ");
    const within = deadline_seconds === null ? "whenever" : `within ${deadline_seconds} seconds`;
    test(`with ${words}, wanted ${within}`, async () => {
      const platform = new Platform(site.env, NOW, evenings);
      const request = clip({ ...CHOICE, within_seconds: deadline_seconds });
      for (const [at = 0, clips = 0] of presses) {
        platform.plan(NOW + at * 1_000, async () => {
          for (let count = 0; count < clips; count++) {
            await submit(site.env, submission(request));
            await dispatch(site.env);
          }
        });
      }
      await platform.play();
      const since = (moments: number[]) => moments.map((moment) => moment - NOW).sort((one, other) => one - other);
      assert.deepEqual(since(platform.calls.map(({ at }) => at)), opened_ms);
      assert.deepEqual(since([...platform.done.values()]), done_ms);
      const open = "(SELECT COUNT(*) FROM cards WHERE closed_at IS NULL) AS cards";
      const left = `SELECT ${open}, SUM(status <> 'succeeded') AS jobs FROM jobs`;
      assert.deepEqual(await site.rows(left), [{ cards: 0, jobs: 0 }]);
    });
  }
});
