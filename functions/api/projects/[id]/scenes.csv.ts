/** `GET`: a scene table as a file for spreadsheets, which reads again to the same table. */

import type { Handler } from "../../../_lib/env.ts";
import { headOf } from "../../../_lib/head.ts";
import { disposition } from "../../../_lib/media.ts";
import { csvOf, fileOf, handoverOf } from "../../../_lib/scene-files/project-files.ts";

export const onRequestGet: Handler<"id"> = async ({ env, data, params }) => {
  const handover = await handoverOf(env.DB, data.owner, params.id, null);
  return new Response(csvOf(handover, data.language), {
    headers: {
      "content-type": "text/csv; charset=utf-8",
      "content-disposition": disposition(fileOf(handover.project, "csv"), true),
    },
  });
};

export const onRequestHead = headOf(onRequestGet);
