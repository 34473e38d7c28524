/** A worker's marker in the bucket, `done.json` or `failed.json`: the truth about a job, which the rows follow. */

import type { Outcome } from "../_generated/contract.d.ts";
import { parseJson, validate } from "./validate.ts";

/** The delivered clip of any attempt; else this attempt's failure or cancellation; else `undefined`. */
export async function readMarker(media: R2Bucket, jobId: string, attempt: number): Promise<Outcome | undefined> {
  const done = await read(media, `jobs/${jobId}/done.json`);
  if (done?.job_id === jobId && isDelivered(done)) return done;
  const failed = await read(media, `jobs/${jobId}/failed.json`);
  return failed?.job_id === jobId && failed.attempt === attempt && failed.status !== "succeeded" ? failed : undefined;
}

/** Whether a success names a clip among the job's own objects. */
export function isDelivered(outcome: Outcome): boolean {
  return (
    outcome.status === "succeeded" &&
    outcome.video !== null &&
    (outcome.video_key?.startsWith(`jobs/${outcome.job_id}/`) ?? false) &&
    (outcome.poster_key === null || outcome.poster_key.startsWith(`jobs/${outcome.job_id}/`))
  );
}

async function read(media: R2Bucket, key: string): Promise<Outcome | undefined> {
  const object = await media.get(key);
  if (object === null) return undefined;
  const verdict = validate("Outcome", parseJson(new Uint8Array(await object.arrayBuffer()))?.value);
  if (verdict.ok) return verdict.value;
  console.error(JSON.stringify({ marker: key, faults: verdict.faults.map((fault) => fault.pointer) }));
  return undefined;
}
