/** `GET`: how many of the caller's jobs each day has and what they cost, of those that the library's filter leaves. */

import type { Handler } from "../../_lib/env.ts";
import { headOf } from "../../_lib/head.ts";
import { daysOf, filterOf } from "../../_lib/library.ts";

export const onRequestGet: Handler = async ({ request, env, data }) =>
  Response.json(await daysOf(env.DB, data.owner, filterOf(new URL(request.url).searchParams)));

export const onRequestHead = headOf(onRequestGet);
