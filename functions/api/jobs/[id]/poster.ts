/** `GET` and `HEAD`: the clip's first frame as a JPEG. */

import type { Poster } from "../../../_generated/contract.d.ts";
import type { Handler } from "../../../_lib/env.ts";
import { find } from "../../../_lib/jobs.ts";
import { fileName, serve } from "../../../_lib/media.ts";
import { ProblemError } from "../../../_lib/problem.ts";
import { requestOf } from "../../../_lib/row.ts";

const onRequestPoster: Handler<"id"> = async ({ request, env, data, params }) => {
  const { row } = await find(env.DB, params.id, data.owner);
  if (row.poster_key === null || row.poster === null) throw new ProblemError("job-not-found", NOT_THERE);
  const { bytes } = JSON.parse(row.poster) as Poster;
  const file_name = fileName(row, requestOf(row).prompt, "jpg");
  const written_at = row.finished_at ?? row.created_at;
  return serve(env, request, { key: row.poster_key, bytes, written_at, content_type: "image/jpeg", file_name });
};

const NOT_THERE = { ko: "이 작업에는 미리보기 그림이 없어요.", en: "This job has no poster." };

export const onRequestGet = onRequestPoster;
export const onRequestHead = onRequestPoster;
