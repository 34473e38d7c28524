/** `GET` and `HEAD`: the clip of a link, whole or a range. Its file's name tells nothing of the prompt. */

import type { Video } from "../../../_generated/contract.d.ts";
import type { Handler } from "../../../_lib/env.ts";
import { serve } from "../../../_lib/media.ts";
import { ProblemError } from "../../../_lib/problem.ts";
import { sharedClip } from "../../../_lib/share.ts";

const onRequestShared: Handler<"token"> = async ({ request, env, params }) => {
  const row = await sharedClip(env.DB, params.token);
  if (row.video_key === null || row.video === null) throw new ProblemError("job-not-found");
  const { bytes } = JSON.parse(row.video) as Video;
  const written_at = row.finished_at ?? row.created_at;
  return serve(env, request, {
    key: row.video_key,
    bytes,
    written_at,
    content_type: "video/mp4",
    file_name: "clipwright.mp4",
  });
};

export const onRequestGet = onRequestShared;
export const onRequestHead = onRequestShared;
