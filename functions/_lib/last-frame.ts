/**
 * A clip's last frame as a picture, to go on from it. The worker kept it as models see pictures, so it is copied within the
 * bucket and read by nobody again. It does not know how a job is made from it.
 */

import type { LastFrame, Outcome } from "../_generated/contract.d.ts";
import type { Env } from "./env.ts";
import { ProblemError, type Words } from "./problem.ts";
import type { JobRow, UploadRow } from "./row.ts";
import { admitted } from "./upload.ts";

/** The one that a delivered clip names, if it lies among the job's own objects and can be named as pictures are. */
export function lastFrameOf({ job_id, status, last_frame }: Outcome): LastFrame | null {
  if (status !== "succeeded" || last_frame === null) return null;
  const { key, digest, width, height } = last_frame;
  const isUsable = key.startsWith(`jobs/${job_id}/`) && /^[0-9a-f]{64}$/.test(digest) && width > 0 && height > 0;
  return isUsable ? last_frame : null;
}

/** Makes an upload of it for the job's owner, within the caps of uploads. Throws job-not-found where the job keeps none,
 * and too-many-uploads. */
export async function uploadLastFrame(env: Env, job: JobRow): Promise<UploadRow> {
  if (job.last_frame === null) throw new ProblemError("job-not-found", NONE);
  const frame = JSON.parse(job.last_frame) as LastFrame;
  const { bytes, width, height, faces, digest } = frame;
  return admitted(env.DB, job.owner, bytes, async () => {
    const object = await env.MEDIA.get(frame.key);
    if (object === null) throw new ProblemError("job-not-found", NONE);
    const key = `inputs/${digest}.png`;
    await env.MEDIA.put(key, object.body, { httpMetadata: { contentType: "image/png" } });
    const picture = { key, bytes: object.size, width, height, faces };
    return { content_type: "image/png", bytes, picture, name: job.title ?? job.picture_name, sound: null, from_job: job.id };
  });
}

const NONE: Words = {
  ko: "이 영상은 마지막 장면을 남기지 않았어요. 예전에 만든 영상이거나 아직 끝나지 않았어요.",
  en: "This clip keeps no last frame: it was made before they were kept, or has not ended.",
};
