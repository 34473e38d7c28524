/** `POST` makes a new job from an old one's settings, with the same seed or a new one, and perhaps in another quality. */

import type { JobRequest, SceneQuality } from "../../../_generated/contract.d.ts";
import { accepted, readBody } from "../../../_lib/body.ts";
import { type Handler, senderOf } from "../../../_lib/env.ts";
import { accept, find, idempotencyKey } from "../../../_lib/jobs.ts";
import { requestOf } from "../../../_lib/row.ts";
import { type BodyVerdict, validate, validateJobRequest } from "../../../_lib/validate.ts";

export const onRequestPost: Handler<"id"> = async ({ request, env, data, params, waitUntil }) => {
  const key = idempotencyKey(request);
  const { seed, quality } = await readBody(request, (body) => validate("RerunRequest", body));
  const { row } = await find(env.DB, params.id, data.owner);
  // A deadline belongs to one press.
  const same: JobRequest = { ...requestOf(row), seed: seed === "same" ? row.seed : null, within_seconds: null };
  const again = quality ? accepted(inQuality(same, quality)) : same;
  const submission = { ...senderOf(data), request: again, idempotency_key: key, rerun_of: row.id, title: row.title };
  return accept(env, waitUntil, submission, data.language);
};

const ONE_QUALITY = { ko: "이 영상은 다른 화질로 다시 만들 수 없어요.", en: "A clip of this kind has no other quality." };

/** The same clip in another quality, where its kind has others and the two parts of it go together. */
function inQuality(request: JobRequest, quality: SceneQuality): BodyVerdict<JobRequest> {
  if (!("upload_id" in request)) {
    return { ok: false, faults: [{ pointer: "/quality", detail: ONE_QUALITY }] };
  }
  return validateJobRequest({ ...request, ...quality });
}
