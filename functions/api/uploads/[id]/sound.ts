/** `GET` and `HEAD`: an uploaded sound exactly as models hear it. */

import type { Handler } from "../../../_lib/env.ts";
import { serve } from "../../../_lib/media.ts";
import { ProblemError } from "../../../_lib/problem.ts";
import type { UploadRow } from "../../../_lib/row.ts";
import { timestamp } from "../../../_lib/time.ts";

const onRequestSound: Handler<"id"> = async ({ request, env, data, params }) => {
  const row = await env.DB.prepare(
    "SELECT * FROM uploads WHERE id = ?1 AND owner = ?2 AND expires_at > ?3 AND sound IS NOT NULL",
  )
    .bind(params.id, data.owner, timestamp())
    .first<UploadRow>();
  if (!row?.picture_key || row.picture_bytes === null) throw new ProblemError("upload-not-found");
  const { picture_key: key, picture_bytes: bytes, created_at: written_at } = row;
  return serve(env, request, { key, bytes, written_at, content_type: "audio/wav", file_name: `${row.id}.wav` });
};

export const onRequestGet = onRequestSound;
export const onRequestHead = onRequestSound;
