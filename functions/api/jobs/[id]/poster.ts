/** `GET` and `HEAD`: the clip's first frame as a JPEG, also while the clip is in the bin. */

import type { Handler } from "../../../_lib/env.ts";
import { find } from "../../../_lib/jobs.ts";
import { fileName, servePoster } from "../../../_lib/media.ts";
import { requestOf } from "../../../_lib/row.ts";

const onRequestPoster: Handler<"id"> = async ({ request, env, data, params }) => {
  const { row } = await find(env.DB, params.id, data.owner, "bin");
  return servePoster(env, request, row, fileName(row, requestOf(row).prompt, "jpg"));
};

export const onRequestGet = onRequestPoster;
export const onRequestHead = onRequestPoster;
