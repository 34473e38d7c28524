/** `GET` and `HEAD`: an uploaded picture exactly as models see it, before it is cut to a clip's size. */

import type { Handler } from "../../../_lib/env.ts";
import { serve } from "../../../_lib/media.ts";
import { ProblemError } from "../../../_lib/problem.ts";
import type { UploadRow } from "../../../_lib/row.ts";
import { timestamp } from "../../../_lib/time.ts";

const onRequestPicture: Handler<"id"> = async ({ request, env, data, params }) => {
  const row = await env.DB.prepare("SELECT * FROM uploads WHERE id = ?1 AND owner = ?2 AND expires_at > ?3")
    .bind(params.id, data.owner, timestamp())
    .first<UploadRow>();
  if (row === null || row.picture_key === null || row.picture_bytes === null || row.sound !== null) {
    throw new ProblemError("upload-not-found");
  }
  const { picture_key: key, picture_bytes: bytes, created_at: written_at } = row;
  return serve(env, request, { key, bytes, written_at, content_type: "image/png", file_name: `${row.id}.png` });
};

export const onRequestGet = onRequestPicture;
export const onRequestHead = onRequestPicture;
