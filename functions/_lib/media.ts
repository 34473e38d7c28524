/**
 * A job's video or poster, streamed from the bucket to its owner: whole or one range, never buffered.
 *
 * Each attempt writes its own keys once, so the key itself is a strong validator.
 */

import type { Env } from "./env.ts";
import { ProblemError } from "./problem.ts";
import { matches, parseRange, rangeStillMeant } from "./range.ts";
import type { JobRow } from "./row.ts";
import { seoulDay } from "./time.ts";

export interface MediaObject {
  key: string;
  bytes: number;
  content_type: string;
  /** The name of the downloaded file. */
  file_name: string;
}

/** An MP4 opened directly plays in a page that the browser makes; this policy must allow that page. */
const CONTENT_POLICY =
  "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";

export async function serve(env: Env, request: Request, object: MediaObject): Promise<Response> {
  const etag = `"${object.key.replace(/^jobs\//, "").replaceAll("/", ".")}.${object.bytes}"`;
  const headers = new Headers({
    "accept-ranges": "bytes",
    "cache-control": "private, max-age=3600",
    "content-disposition": disposition(object.file_name, new URL(request.url).searchParams.get("download") === "1"),
    "content-security-policy": CONTENT_POLICY,
    "content-type": object.content_type,
    etag,
  });
  if (matches(request.headers.get("if-none-match"), etag)) {
    headers.delete("content-type");
    return new Response(null, { status: 304, headers });
  }

  const asked = request.method === "GET" && rangeStillMeant(request.headers.get("if-range"), etag);
  const span = parseRange(asked ? request.headers.get("range") : null, object.bytes);
  if (span === "unsatisfiable") {
    throw new ProblemError("range-not-satisfiable", undefined, {
      headers: { "content-range": `bytes */${object.bytes}`, "accept-ranges": "bytes" },
    });
  }
  if (request.method === "HEAD") {
    if ((await env.MEDIA.head(object.key)) === null) throw new ProblemError("job-not-found");
    headers.set("content-length", String(object.bytes));
    return new Response(null, { headers });
  }
  const found = await env.MEDIA.get(object.key, span === "whole" ? {} : { range: span });
  if (found === null) throw new ProblemError("job-not-found");
  if (span === "whole") {
    headers.set("content-length", String(object.bytes));
    return new Response(found.body, { headers });
  }
  headers.set("content-length", String(span.length));
  headers.set("content-range", `bytes ${span.offset}-${span.offset + span.length - 1}/${object.bytes}`);
  return new Response(found.body, { status: 206, headers });
}

/** `2026-11-22 눈을 깜빡이고 살짝 웃는다.mp4`: the day in Seoul and the prompt's first words, without characters that file systems refuse. */
export function fileName(row: JobRow, prompt: string, extension: string): string {
  const words = prompt
    .normalize("NFC")
    .replace(/[\p{C}\\/:*?"<>|%]/gu, " ")
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 8)
    .join(" ");
  const short = [...words]
    .slice(0, 40)
    .join("")
    .replace(/[. ]+$/, "");
  return `${seoulDay(Date.parse(row.created_at))} ${short || row.id}.${extension}`;
}

/** Both forms of RFC 6266: plain ASCII for old clients, UTF-8 for the rest. */
function disposition(name: string, download: boolean): string {
  const ascii = name.replace(/[^\x20-\x7e]+/g, "_").replaceAll('"', "_");
  const encoded = encodeURIComponent(name).replace(/['()*!]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${download ? "attachment" : "inline"}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
