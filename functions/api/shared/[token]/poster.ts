/** `GET` and `HEAD`: the first frame of a link's clip. Its file's name tells nothing of the prompt. */

import type { Handler } from "../../../_lib/env.ts";
import { servePoster } from "../../../_lib/media.ts";
import { sharedClip } from "../../../_lib/share.ts";

const onRequestShared: Handler<"token"> = async ({ request, env, params }) =>
  servePoster(env, request, await sharedClip(env.DB, params.token), "clipwright.jpg");

export const onRequestGet = onRequestShared;
export const onRequestHead = onRequestShared;
