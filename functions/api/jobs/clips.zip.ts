/** `GET` and `HEAD`: some of the caller's clips as one ZIP. */

import type { Handler } from "../../_lib/env.ts";
import { libraryZip } from "../../_lib/scene-files/library-zip.ts";

const onRequestZip: Handler = ({ request, env, data }) =>
  libraryZip(env, request, data.owner, new URL(request.url).searchParams.get("ids") ?? "");

export const onRequestGet = onRequestZip;
export const onRequestHead = onRequestZip;
