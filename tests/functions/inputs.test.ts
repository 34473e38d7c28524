/** A job's inputs: the owner's own pictures that still exist, and the owner's own finished clips. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JobRequest } from "../../functions/_generated/contract.d.ts";
import { estimateFor } from "../../functions/_lib/prices.ts";
import * as state from "../../functions/_lib/state.ts";
import { submit } from "../../functions/_lib/submit.ts";
import { clip, extend, keyframes, outcome, restyle, retake, STRANGER, submission } from "./bodies.ts";
import { NOW, setClock } from "./database.ts";
import { NEXT_WEEK, problem, Site, YESTERDAY } from "./site.ts";

const site = await Site.open();
const A_MONTH_AND_A_DAY = "2026-12-24T03:00:00.000Z";

async function expiryOf(id: string): Promise<unknown> {
  return (await site.rows("SELECT expires_at FROM uploads WHERE id = ?1", id))[0]?.["expires_at"];
}

describe("pictures", () => {
  test("are not needed", async () => assert.equal((await site.queued(clip())).inputs, "[]"));

  test("are read as models see them, the only one as the first frame", async () => {
    const id = await site.upload("upload-0001", { picture_key: "inputs/abc.png" });
    const row = await site.queued(clip({ upload_id: id }));
    assert.deepEqual(JSON.parse(row.inputs), [{ key: "inputs/abc.png", frame: "first" }]);
  });

  test("of before pictures were read at once are read from where they lie", async () => {
    const row = await site.queued(clip({ upload_id: await site.upload("upload-0001") }));
    assert.deepEqual(JSON.parse(row.inputs), [{ key: "inputs/upload-0001", frame: "first" }]);
  });

  test("of keyframes come in the film's order, with a middle one or without", async () => {
    for (const id of ["upload-zzzz", "upload-mmmm", "upload-aaaa"]) await site.upload(id);
    const three = await site.queued(keyframes("upload-zzzz", "upload-aaaa", "upload-mmmm"));
    assert.deepEqual(JSON.parse(three.inputs), [
      { key: "inputs/upload-zzzz", frame: "first" },
      { key: "inputs/upload-mmmm", frame: "middle" },
      { key: "inputs/upload-aaaa", frame: "last" },
    ]);
    const two = await site.queued(keyframes("upload-zzzz", "upload-aaaa"));
    assert.deepEqual(
      (JSON.parse(two.inputs) as { frame: string }[]).map(({ frame }) => frame),
      ["first", "last"],
    );
  });

  test("may be the same in several places", async () => {
    const id = await site.upload("upload-0001");
    const row = await site.queued(keyframes(id, id, id));
    assert.equal((JSON.parse(row.inputs) as unknown[]).length, 3);
  });

  test("outlive every job that was made from them, and are never cut short by one", async () => {
    const id = await site.upload("upload-0001", { expires_at: NEXT_WEEK });
    await site.queued(clip({ upload_id: id }));
    assert.equal(await expiryOf(id), A_MONTH_AND_A_DAY);
    const long = await site.upload("upload-0002", { expires_at: "2028-01-01T00:00:00.000Z" });
    await site.queued(clip({ upload_id: long }));
    assert.equal(await expiryOf(long), "2028-01-01T00:00:00.000Z");
  });

  test("are there until the very instant they expire", async () => {
    await site.upload("upload-0001", { expires_at: new Date(NOW + 1).toISOString() });
    await site.upload("upload-0002", { expires_at: new Date(NOW).toISOString() });
    await site.queued(clip({ upload_id: "upload-0001" }));
    await assert.rejects(site.queued(clip({ upload_id: "upload-0002" })), problem("upload-not-found", "/upload_id"));
  });

  test("that are unknown, expired or another's do not exist, each by its field", async () => {
    const own = await site.upload("upload-0001");
    const expired = await site.upload("upload-0002", { expires_at: YESTERDAY });
    const foreign = await site.upload("upload-0003", { owner: STRANGER });
    for (const id of ["upload-9999", expired, foreign]) {
      await assert.rejects(site.queued(clip({ upload_id: id })), problem("upload-not-found", "/upload_id"));
      await assert.rejects(site.queued(keyframes(id, own)), problem("upload-not-found", "/first_upload_id"));
      await assert.rejects(site.queued(keyframes(own, id)), problem("upload-not-found", "/last_upload_id"));
      await assert.rejects(site.queued(keyframes(own, own, id)), problem("upload-not-found", "/middle_upload_id"));
    }
    const all = problem("upload-not-found", "/first_upload_id", "/middle_upload_id", "/last_upload_id");
    await assert.rejects(site.queued(keyframes("upload-9997", "upload-9999", "upload-9998")), all);
    assert.equal(await site.count("jobs"), 0);
    assert.deepEqual([await expiryOf(expired), await expiryOf(foreign)], [YESTERDAY, NEXT_WEEK]);
  });

  test("and clips that go while the job is being made leave none", async () => {
    const source = await site.ended("succeeded");
    const id = await site.upload("upload-0001");
    const losing = (sql: string) => {
      const head = async (key: string) => {
        const object = await site.env.MEDIA.head(key);
        await site.rows(sql);
        return object;
      };
      return { ...site.env, MEDIA: { ...site.env.MEDIA, head } } as typeof site.env;
    };
    const picture = submit(losing("DELETE FROM uploads"), submission(clip({ upload_id: id })));
    await assert.rejects(picture, problem("upload-not-found", "/upload_id"));
    const deleting = losing(`UPDATE jobs SET deleted_at = '${YESTERDAY}'`);
    await assert.rejects(submit(deleting, submission(restyle(source.id))), problem("job-not-found", "/source_job_id"));
    assert.equal(await site.count("jobs"), 1);
  });

  test("are needed by a job that is run again", async () => {
    const id = await site.upload("upload-0001");
    const { id: first } = await site.queued(clip({ upload_id: id }));
    setClock(A_MONTH_AND_A_DAY);
    const again = site.queued(clip({ upload_id: id }), { rerun_of: first });
    await assert.rejects(again, problem("upload-not-found", "/upload_id"));
  });
});

describe("a clip to draw anew", () => {
  const REFUSED = problem("job-not-found", "/source_job_id");

  test("is read from where its attempt put it, and priced as a restyle", async () => {
    const source = await site.ended("succeeded");
    const row = await site.queued(restyle(source.id));
    assert.deepEqual(JSON.parse(row.inputs), [{ key: source.video_key, frame: null }]);
    assert.equal(row.estimate_micro_won, estimateFor(restyle(source.id)).micro_won);
  });

  test("may be delivered by a second attempt", async () => {
    const { id } = await site.secondAttempt({ isRunning: true });
    await site.put(`jobs/${id}/video-2.mp4`);
    await state.ended(site.db, outcome(id, "succeeded", { attempt: 2 }), { attempt: 2 });
    const row = await site.queued(restyle(id));
    assert.deepEqual(JSON.parse(row.inputs), [{ key: `jobs/${id}/video-2.mp4`, frame: null }]);
  });

  test("must be finished", async () => {
    const unfinished = [
      await site.queued(),
      await site.running(),
      await site.ended("failed"),
      await site.ended("canceled"),
    ];
    for (const { id } of unfinished) await assert.rejects(site.queued(restyle(id)), REFUSED);
    await assert.rejects(site.queued(restyle("no-such-job")), REFUSED);
  });

  test("must be one's own", async () => {
    const foreign = await site.ended("succeeded", STRANGER);
    await assert.rejects(site.queued(restyle(foreign.id)), REFUSED);
    assert.equal((await site.queued(restyle(foreign.id), { owner: STRANGER })).status, "queued");
  });

  test("must still be there: neither deleted nor cleared away", async () => {
    const { id } = await site.ended("succeeded");
    await site.rows("UPDATE jobs SET deleted_at = ?2 WHERE id = ?1", id, YESTERDAY);
    await assert.rejects(site.queued(restyle(id)), REFUSED);
    await site.rows("UPDATE jobs SET deleted_at = NULL, video_key = NULL WHERE id = ?1", id);
    await assert.rejects(site.queued(restyle(id)), REFUSED);
  });
});

describe("a part of a clip to make anew", () => {
  test("is read as the whole clip, and priced by the whole", async () => {
    const source = await site.ended("succeeded");
    for (const request of [retake(source.id), extend(source.id)]) {
      const row = await site.queued(request);
      assert.deepEqual(JSON.parse(row.inputs), [{ key: source.video_key, frame: null }]);
      assert.equal(row.estimate_micro_won, estimateFor(request).micro_won);
      assert.equal(JSON.parse(row.input).source_job_id, source.id);
    }
  });

  test("must be of the clip's own shape, and within it", async () => {
    const { id } = await site.ended("succeeded"); // 2 seconds, 9:16, 704p
    const refusals: [JobRequest, ...string[]][] = [
      [retake(id, { ratio: "1:1", tier: "1088p" }), "/ratio", "/tier"],
      [retake(id, { loudness: "even" }), "/loudness"],
      [retake(id, { seconds: 4, end_seconds: 3 }), "/seconds"],
      [retake(id, { end_seconds: 2.1 }), "/end_seconds"],
      [retake(id, { start_seconds: 1.5, end_seconds: 0.5 }), "/end_seconds"],
      [retake(id, { start_seconds: 1, end_seconds: 1.4 }), "/end_seconds"],
      [extend(id, { ratio: "16:9" }), "/ratio"],
      [extend(id, { seconds: 8 }), "/whole_seconds"],
      [extend(id, { whole_seconds: 6 }), "/whole_seconds"],
      [extend(id, { seconds: 2, whole_seconds: 2 }), "/seconds"],
    ];
    for (const [request, ...pointers] of refusals) {
      await assert.rejects(site.queued(request), problem("invalid-job", ...pointers));
    }
    assert.equal(await site.count("jobs"), 1);
    await site.queued(retake(id, { start_seconds: 0, end_seconds: 2 }));
  });

  test("is as long as all that was added to it: it goes on to a minute, and is made anew to ten seconds", async () => {
    const { id } = await site.ended("succeeded");
    const goesOnTo = (whole: number) =>
      site.rows("UPDATE jobs SET input = ?2 WHERE id = ?1", id, JSON.stringify(extend(id, { whole_seconds: whole })));
    await goesOnTo(10);
    await site.queued(retake(id, { seconds: 10, start_seconds: 8, end_seconds: 10 }));
    await site.queued(extend(id, { seconds: 10, whole_seconds: 18 }));
    await goesOnTo(12);
    await assert.rejects(site.queued(retake(id, { seconds: 10 })), problem("invalid-job", "/source_job_id"));
    await goesOnTo(58);
    await site.queued(extend(id, { whole_seconds: 60 }));
    await assert.rejects(site.queued(extend(id, { seconds: 6, whole_seconds: 60 })), problem("invalid-job", "/seconds"));
  });

  test("costs what the model works on, however long the clip is", async () => {
    const { id } = await site.ended("succeeded");
    const short = await site.queued(extend(id));
    await site.rows("UPDATE jobs SET input = ?2 WHERE id = ?1", id, JSON.stringify(extend(id, { whole_seconds: 40 })));
    const long = await site.queued(extend(id, { whole_seconds: 42 }));
    assert.equal(long.estimate_micro_won, short.estimate_micro_won);
  });

  test("must be of one's own clip that is finished and still there", async () => {
    const foreign = await site.ended("succeeded", STRANGER);
    const running = await site.running();
    for (const id of [foreign.id, running.id, "no-such-job"]) {
      await assert.rejects(site.queued(retake(id)), problem("job-not-found", "/source_job_id"));
      await assert.rejects(site.queued(extend(id)), problem("job-not-found", "/source_job_id"));
    }
  });

  test("stays when the clip that it was made from goes", async () => {
    const source = await site.ended("succeeded");
    const { id } = await site.queued(extend(source.id));
    await site.rows("UPDATE jobs SET deleted_at = ?2, purged_at = ?2, video_key = NULL WHERE id = ?1", source.id, YESTERDAY);
    const [row] = await site.rows("SELECT status, input FROM jobs WHERE id = ?1", id);
    assert.equal(row?.["status"], "queued");
    assert.equal(JSON.parse(String(row?.["input"])).source_job_id, source.id);
  });
});
