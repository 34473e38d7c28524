/** `GET` and `HEAD`: the clip, whole or a range; `?download=1` sends it as a file with a name. */

import type { Handler } from "../../../_lib/env.ts";
import { find } from "../../../_lib/jobs.ts";
import { fileName, serve } from "../../../_lib/media.ts";
import { ProblemError } from "../../../_lib/problem.ts";
import { requestOf, videoOf } from "../../../_lib/row.ts";

const onRequestVideo: Handler<"id"> = async ({ request, env, data, params }) => {
  const { row } = await find(env.DB, params.id, data.owner);
  const video = videoOf(row);
  if (row.video_key === null || video === null) throw new ProblemError("job-not-found", NOT_THERE);
  const file_name = fileName(row, requestOf(row).prompt, "mp4");
  const written_at = row.finished_at ?? row.created_at;
  const stored = { key: row.video_key, bytes: video.bytes, written_at };
  return serve(env, request, { ...stored, content_type: "video/mp4", file_name });
};

const NOT_THERE = { ko: "이 작업에는 영상이 없어요.", en: "This job has no video." };

export const onRequestGet = onRequestVideo;
export const onRequestHead = onRequestVideo;
