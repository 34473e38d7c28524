/** `POST` lets a prompt be written anew in English, as a job of its own. */

import { readBody } from "../../_lib/body.ts";
import { type Handler, senderOf } from "../../_lib/env.ts";
import { idempotencyKey } from "../../_lib/jobs.ts";
import { acceptText } from "../../_lib/texts.ts";
import { validate } from "../../_lib/validate.ts";

export const onRequestPost: Handler = async ({ request, env, data, waitUntil }) => {
  const key = idempotencyKey(request);
  const body = await readBody(request, (value) => validate("TextRequest", value));
  const submission = { ...senderOf(data), request: body, idempotency_key: key, rerun_of: null };
  return acceptText(env, waitUntil, submission, data.language);
};
