/** `GET` and `HEAD`: the caller's jobs that have not ended, with one ETag for all, or as events where those are accepted.
 * `DELETE` cancels them. */

import { activeJobs, look, tell } from "../../_lib/active.ts";
import { activeEvents } from "../../_lib/active-events.ts";
import { cancelAll } from "../../_lib/cancel-all.ts";
import type { Handler } from "../../_lib/env.ts";
import { headOf } from "../../_lib/head.ts";
import { isId } from "../../_lib/id.ts";
import { ProblemError } from "../../_lib/problem.ts";
import { sweepOwner } from "../../_lib/sweep.ts";

const MOST_ENDED = 50;

export const onRequestGet: Handler = async ({ request, env, data, waitUntil }) => {
  const sweep = () => sweepOwner(env, data.owner);
  if (request.method === "GET" && request.headers.get("accept")?.includes("text/event-stream")) {
    return activeEvents(env.DB, data, request.headers.get("last-event-id"), waitUntil, sweep);
  }
  const known = request.headers.get("if-none-match");
  const { response, isDue } = await activeJobs(env.DB, data, known, endedOf(new URL(request.url).searchParams));
  if (isDue) waitUntil(sweep());
  return response;
};

export const onRequestHead = headOf(onRequestGet);

export const onRequestDelete: Handler = async ({ env, data, waitUntil }) => {
  const canceled = await cancelAll(env, data.owner, waitUntil);
  const now = await look(env.DB, data);
  return Response.json(await tell(env.DB, data, now, canceled.filter((id) => !now.open.includes(id))));
};

function endedOf(query: URLSearchParams): readonly string[] {
  const asked = query.get("ended");
  const ids = asked === null ? [] : asked.split(",");
  if (ids.length > MOST_ENDED || !ids.every(isId)) {
    const detail = { ko: `영상 번호 ${MOST_ENDED}개까지예요.`, en: `At most ${MOST_ENDED} ids of jobs.` };
    throw new ProblemError("invalid-job", undefined, { errors: [{ pointer: "/ended", detail }] });
  }
  return ids;
}
