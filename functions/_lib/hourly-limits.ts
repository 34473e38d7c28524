/**
 * Limits of a public site: how often one session, and one address on the network, may submit, upload, begin sessions and
 * change scene tables within an hour. One statement counts and judges, so parallel calls cannot pass together.
 *
 * Hours are those of the clock, so around a full hour up to twice the number passes. Money has caps of its own.
 */

import type { Env } from "./env.ts";
import { sign } from "./key-ring.ts";
import { ProblemError } from "./problem.ts";
import { HOUR_SECONDS, timestamp } from "./time.ts";

export type Counted = "submit" | "upload" | "session" | "table";

/** An evening's work fits; several people may share an address. */
const LIMITS: Record<Counted, { owner: number; address: number }> = {
  submit: { owner: 60, address: 120 },
  upload: { owner: 120, address: 240 },
  session: { owner: 60, address: 60 },
  // A page sends what is typed every few seconds.
  table: { owner: 2_000, address: 4_000 },
};

/** Counts one call of `owner`, or of somebody who is none yet. Throws rate-limited, and then counts nothing. */
export async function countCall(env: Env, request: Request, counted: Counted, owner?: string): Promise<void> {
  const now = Date.now();
  const hour = timestamp(now).slice(0, 13);
  const limit = LIMITS[counted];
  const callers: [string, number][] = [[await hashedAddress(env, request, hour), limit.address]];
  if (owner !== undefined) callers.push([owner, limit.owner]);
  const [, inserted] = await env.DB.batch([
    env.DB.prepare("DELETE FROM hourly_calls WHERE hour < ?1").bind(hour),
    env.DB
      .prepare(
        `INSERT INTO hourly_calls (hour, counted, caller, calls)
         SELECT ?1, ?2, value ->> 0, 1 FROM json_each(?3) WHERE NOT EXISTS (
           SELECT 1 FROM hourly_calls JOIN json_each(?3) AS asked ON caller = asked.value ->> 0
           WHERE hour = ?1 AND counted = ?2 AND calls >= asked.value ->> 1)
         ON CONFLICT (hour, counted, caller) DO UPDATE SET calls = calls + 1
         RETURNING calls`,
      )
      .bind(hour, counted, JSON.stringify(callers)),
  ]);
  if ((inserted?.results.length ?? 0) > 0) return;
  const seconds = HOUR_SECONDS - (Math.floor(now / 1_000) % HOUR_SECONDS);
  throw new ProblemError("rate-limited", wordsOf(seconds), { headers: { "retry-after": String(seconds) } });
}

function wordsOf(seconds: number): { ko: string; en: string } {
  const minutes = Math.ceil(seconds / 60);
  return { ko: `${minutes}분 뒤에 다시 할 수 있어요.`, en: `It works again in ${minutes} min.` };
}

/** A digest under a secret and the hour: no address is stored, and none can be followed from one hour to the next. */
async function hashedAddress(env: Env, request: Request, hour: string): Promise<string> {
  const network = networkOf(request.headers.get("cf-connecting-ip") ?? "");
  const text = `address:${hour}:${network}`;
  return `address:${await sign(env.COOKIE_SECRET, text)}`;
}

/** One customer has a whole /64 of IPv6 and may change addresses within it at will. */
function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail = ""] = address.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === "" ? [] : tail.split(":");
  const groups = [...front, ...Array<string>(Math.max(0, 8 - front.length - back.length)).fill("0"), ...back];
  return groups.slice(0, 4).map((group) => group.toLowerCase().replace(/^0+(?=.)/, "")).join(":");
}
