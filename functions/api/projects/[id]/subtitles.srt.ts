/** `GET`: the subtitles of a scene table's clips, one after another by their real lengths. */

import type { Handler } from "../../../_lib/env.ts";
import { headOf } from "../../../_lib/head.ts";
import { disposition } from "../../../_lib/media.ts";
import { fileOf, handoverOf, srtOf } from "../../../_lib/scene-files/project-files.ts";

export const onRequestGet: Handler<"id"> = async ({ env, data, params }) => {
  const handover = await handoverOf(env.DB, data.owner, params.id, null);
  return new Response(srtOf(handover), {
    headers: {
      "content-type": "application/x-subrip; charset=utf-8",
      "content-disposition": disposition(fileOf(handover.project, "srt"), true),
    },
  });
};

export const onRequestHead = headOf(onRequestGet);
