/** `GET` and `HEAD`: a scene table's clips with its subtitles and the table itself, as one ZIP. */

import type { Handler } from "../../../_lib/env.ts";
import { handoverOf, zipOfProject } from "../../../_lib/scene-files/project-files.ts";

const onRequestZip: Handler<"id"> = async ({ request, env, data, params }) => {
  const only = new URL(request.url).searchParams.get("scenes");
  return zipOfProject(env, request, await handoverOf(env.DB, data.owner, params.id, only), data.language);
};

export const onRequestGet = onRequestZip;
export const onRequestHead = onRequestZip;
