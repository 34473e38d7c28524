/** A worker's marker in the bucket, `done.json` or `failed.json`: the truth about a job, which the rows follow. */

import type { Outcome } from "../_generated/contract.d.ts";
import { parseJson, validate } from "./validate.ts";

/** `unreadable`: there is one, and this release cannot use it. That never counts as absent. */
export type Marker =
  | { kind: "absent" }
  | { kind: "outcome"; outcome: Outcome }
  | { kind: "unreadable"; key: string; faults: string[] };

const ABSENT: Marker = { kind: "absent" };

/** The delivered clip of any attempt; else this attempt's failure or cancellation. */
export async function readMarker(media: R2Bucket, jobId: string, attempt: number): Promise<Marker> {
  const done = await read(media, jobId, "done", isDelivered);
  if (done.kind !== "absent") return done;
  const failed = await read(media, jobId, "failed", ({ status }) => status !== "succeeded");
  const isAnother = failed.kind === "outcome" && failed.outcome.attempt !== attempt;
  return isAnother ? ABSENT : failed;
}

/** Whether a worker has taken this attempt, even if none of its events arrived. `released`: it gave the attempt back,
 * because its machine was at fault. */
export async function claimOf(media: R2Bucket, jobId: string, attempt: number): Promise<"none" | "held" | "released"> {
  const object = await media.get(`jobs/${jobId}/claim-${attempt}.json`);
  if (object === null) return "none";
  const claim = parseJson(new Uint8Array(await object.arrayBuffer()))?.value as
    | { released?: unknown }
    | null
    | undefined;
  return claim?.released === true ? "released" : "held";
}

/** Whether a success brings a text, or names a clip among the job's own objects. */
export function isDelivered(outcome: Outcome): boolean {
  if (outcome.status === "succeeded" && outcome.text !== null) return outcome.video_key === null;
  return (
    outcome.status === "succeeded" &&
    outcome.video !== null &&
    (outcome.video_key?.startsWith(`jobs/${outcome.job_id}/`) ?? false) &&
    (outcome.poster_key === null || outcome.poster_key.startsWith(`jobs/${outcome.job_id}/`))
  );
}

async function read(
  media: R2Bucket,
  jobId: string,
  name: "done" | "failed",
  isUsable: (outcome: Outcome) => boolean,
): Promise<Marker> {
  const key = `jobs/${jobId}/${name}.json`;
  const object = await media.get(key);
  if (object === null) return ABSENT;
  const verdict = validate("Outcome", parseJson(new Uint8Array(await object.arrayBuffer()))?.value);
  if (!verdict.ok) return { kind: "unreadable", key, faults: verdict.faults.map((fault) => fault.pointer) };
  const outcome = verdict.value;
  if (outcome.job_id === jobId && outcome.attempt >= 1 && isUsable(outcome)) return { kind: "outcome", outcome };
  return { kind: "unreadable", key, faults: ["/job_id", "/attempt", "/status", "/video_key"] };
}
