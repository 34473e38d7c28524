/** `GET` and `HEAD`: the clip, whole or a range; `?download=1` sends it as a file with a name. */

import type { Handler } from "../../../_lib/env.ts";
import { find } from "../../../_lib/jobs.ts";
import { fileName, serveVideo } from "../../../_lib/media.ts";
import { requestOf } from "../../../_lib/row.ts";

const onRequestVideo: Handler<"id"> = async ({ request, env, data, params }) => {
  const { row } = await find(env.DB, params.id, data.owner);
  return serveVideo(env, request, row, fileName(row, requestOf(row).prompt, "mp4"));
};

export const onRequestGet = onRequestVideo;
export const onRequestHead = onRequestVideo;
