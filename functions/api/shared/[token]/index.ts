/** `GET` and `HEAD`: a shared clip as a page. A browser gets a page also where the link has ended. */

import type { Handler } from "../../../_lib/env.ts";
import { headOf } from "../../../_lib/head.ts";
import { ProblemError } from "../../../_lib/problem.ts";
import { requestOf } from "../../../_lib/row.ts";
import { sharedClip } from "../../../_lib/share.ts";
import { endedPage, sharedPage } from "../../../_lib/shared-page.ts";

export const onRequestGet: Handler<"token"> = async ({ request, env, data, params }) => {
  try {
    const row = await sharedClip(env.DB, params.token);
    const path = `/api/shared/${String(params.token)}`;
    return sharedPage(new URL(request.url).origin, path, requestOf(row).ratio, data.language);
  } catch (error) {
    const isBrowser = (request.headers.get("accept") ?? "").includes("text/html");
    if (!isBrowser || !(error instanceof ProblemError)) throw error;
    return endedPage(data.language);
  }
};

export const onRequestHead = headOf(onRequestGet);
