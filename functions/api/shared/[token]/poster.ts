/** `GET` and `HEAD`: the first frame of a link's clip. Its file's name tells nothing of the prompt. */

import type { Poster } from "../../../_generated/contract.d.ts";
import type { Handler } from "../../../_lib/env.ts";
import { serve } from "../../../_lib/media.ts";
import { ProblemError } from "../../../_lib/problem.ts";
import { sharedClip } from "../../../_lib/share.ts";

const onRequestShared: Handler<"token"> = async ({ request, env, params }) => {
  const row = await sharedClip(env.DB, params.token);
  if (row.poster_key === null || row.poster === null) throw new ProblemError("job-not-found");
  const { bytes } = JSON.parse(row.poster) as Poster;
  const written_at = row.finished_at ?? row.created_at;
  return serve(env, request, {
    key: row.poster_key,
    bytes,
    written_at,
    content_type: "image/jpeg",
    file_name: "clipwright.jpg",
  });
};

export const onRequestGet = onRequestShared;
export const onRequestHead = onRequestShared;
