/** An owner's jobs that have not ended, as events: one at once, then one for each change, within a second of it. The stream
 * ends by itself after a while, and the reader asks again with the last event's id. It knows no page. */

import { type Asker, type Look, look, tell } from "./active.ts";
import type { Defer } from "./env.ts";
import { LOOK_MS, QUERIES, QUERIES_OF_AN_EVENT } from "./stream-pace.ts";

/** Work that goes on after an answer has begun is ended by the platform half a minute later. */
const LIFE_MS = 20_000;
/** So that a reader who hears nothing knows that the line is dead. */
const SIGN_OF_LIFE_LOOKS = 5;
const SWEEP_LOOKS = 10;
/** How long the reader waits before it asks again. */
const RETRY_MS = 500;

/** `known`: the id of the last event that the reader heard; `sweep` is called while a job is due for it. */
export function activeEvents(
  db: D1Database,
  asker: Asker,
  known: string | null,
  defer: Defer,
  sweep: () => Promise<void>,
): Response {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  defer(write(writable.getWriter(), db, asker, known, sweep));
  const headers = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache, no-transform" };
  return new Response(readable, { headers: { ...headers, vary: "accept, accept-language, cookie" } });
}

async function write(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  db: D1Database,
  asker: Asker,
  known: string | null,
  sweep: () => Promise<void>,
): Promise<void> {
  const encoder = new TextEncoder();
  const say = (text: string): Promise<void> => writer.write(encoder.encode(text));
  const end = Date.now() + LIFE_MS;
  let before: Look | null = null;
  try {
    await say(`retry: ${RETRY_MS}\n\n`);
    for (let looks = 1, queries = 1; queries + QUERIES_OF_AN_EVENT <= QUERIES; looks++, queries++) {
      const now: Look = await look(db, asker);
      if (now.etag !== (before?.etag ?? known)) {
        const gone = (before?.open ?? []).filter((id) => !now.open.includes(id));
        await say(`id: ${now.etag}\ndata: ${JSON.stringify(await tell(db, asker, now, gone, before))}\n\n`);
        queries += QUERIES_OF_AN_EVENT;
      } else if (looks % SIGN_OF_LIFE_LOOKS === 1) await say("event: same\ndata:\n\n");
      before = now;
      if (now.open.length === 0 || Date.now() >= end) break;
      if (now.isDue && looks % SWEEP_LOOKS === 1) await sweep();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  } catch (error) {
    // The reader has left, or the database does not answer: the reader asks again, and hears of it then.
    console.warn(JSON.stringify({ active_events: String(error) }));
  }
  await writer.close().catch(() => undefined);
}
