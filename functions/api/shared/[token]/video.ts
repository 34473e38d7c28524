/** `GET` and `HEAD`: the clip of a link, whole or a range. Its file's name tells nothing of the prompt. */

import type { Handler } from "../../../_lib/env.ts";
import { serveVideo } from "../../../_lib/media.ts";
import { sharedClip } from "../../../_lib/share.ts";

const onRequestShared: Handler<"token"> = async ({ request, env, params }) =>
  serveVideo(env, request, await sharedClip(env.DB, params.token), "clipwright.mp4");

export const onRequestGet = onRequestShared;
export const onRequestHead = onRequestShared;
