/**
 * A job's video or poster, or a picture, streamed from the bucket: whole or one range, never buffered. It does not know
 * who asks.
 *
 * Each attempt writes its own keys once, so the key itself is a strong validator.
 */

import { conditionOf } from "./conditions.ts";
import type { Env } from "./env.ts";
import { ProblemError, type Words } from "./problem.ts";
import { parseRange, rangeStillMeant, type Span } from "./range.ts";
import { type JobRow, posterOf, videoOf } from "./row.ts";
import { numberedName } from "./scene-files/file-names.ts";
import { seoulDay } from "./time.ts";

export interface MediaObject {
  key: string;
  /** As its row says. */
  bytes: number;
  /** When it was made, as on the wire. */
  written_at: string;
  content_type: string;
  /** The name of the downloaded file. */
  file_name: string;
}

/** An MP4 opened directly plays in a page that the browser makes; this policy must allow that page. */
const CONTENT_POLICY =
  "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/** The clip, whole or a range. Throws job-not-found where the job has none. */
export function serveVideo(env: Env, request: Request, row: JobRow, file_name: string): Promise<Response> {
  const object = { key: row.video_key, bytes: videoOf(row)?.bytes, content_type: "video/mp4" };
  return serve(env, request, stored(row, object, NO_VIDEO, file_name));
}

/** The clip's first frame. Throws job-not-found where the job has none. */
export function servePoster(env: Env, request: Request, row: JobRow, file_name: string): Promise<Response> {
  const object = { key: row.poster_key, bytes: posterOf(row)?.bytes, content_type: "image/jpeg" };
  return serve(env, request, stored(row, object, NO_POSTER, file_name));
}

const NO_VIDEO = { ko: "이 영상에는 재생할 파일이 없어요.", en: "This job has no video." };
const NO_POSTER = { ko: "이 영상에는 미리보기 이미지가 없어요.", en: "This job has no poster." };

function stored(
  row: JobRow,
  { key, bytes, content_type }: { key: string | null; bytes: number | undefined; content_type: string },
  missing: Words,
  file_name: string,
): MediaObject {
  if (key === null || bytes === undefined) throw new ProblemError("job-not-found", missing);
  return { key, bytes, content_type, file_name, written_at: row.finished_at ?? row.created_at };
}

export async function serve(env: Env, request: Request, object: MediaObject): Promise<Response> {
  const etag = `"${object.key.replace(/^jobs\//, "").replaceAll("/", ".")}.${object.bytes}"`;
  const headers = new Headers({
    "accept-ranges": "bytes",
    // Asked for each time, which costs a 304: nothing is shown that was deleted meanwhile.
    "cache-control": "private, no-cache",
    "content-disposition": disposition(object.file_name, new URL(request.url).searchParams.get("download") === "1"),
    "content-security-policy": CONTENT_POLICY,
    "content-type": object.content_type,
    etag,
    "last-modified": new Date(object.written_at).toUTCString(),
  });
  switch (conditionOf(request.headers, etag, object.written_at)) {
    case "failed":
      throw new ProblemError("precondition-failed", undefined, { headers: { etag } });
    case "unchanged":
      headers.delete("content-type");
      return new Response(null, { status: 304, headers });
  }

  if (request.method === "HEAD") {
    headers.set("content-length", String(await sizeOf(env, object)));
    return new Response(null, { headers });
  }
  const isRangeMeant = rangeStillMeant(request.headers.get("if-range"), etag);
  const { span, size, body } = await read(env, object, isRangeMeant ? request.headers.get("range") : null);
  if (span === "whole") {
    headers.set("content-length", String(size));
    return new Response(body, { headers });
  }
  headers.set("content-length", String(span.length));
  headers.set("content-range", `bytes ${span.offset}-${span.offset + span.length - 1}/${size}`);
  return new Response(body, { status: 206, headers });
}

interface Part {
  span: Span | "whole";
  size: number;
  body: ReadableStream;
}

/** The object or a part of it. Only the bucket knows its size for certain; where the row is wrong it is read again. */
async function read(env: Env, object: MediaObject, range: string | null, size = object.bytes): Promise<Part> {
  const span = parseRange(range, size);
  const found = span === "unsatisfiable" ? undefined : await tryToGet(env, object.key, span, size);
  if (span !== "unsatisfiable" && found?.size === size) return { span, size, body: found.body };
  await found?.body.cancel();
  const stored = await sizeOf(env, object);
  if (stored !== size) return read(env, object, range, stored);
  throw new ProblemError("range-not-satisfiable", undefined, {
    headers: { "content-range": `bytes */${size}`, "accept-ranges": "bytes" },
  });
}

/** `undefined` where the bucket refuses the range because the object has another size. */
async function tryToGet(
  env: Env,
  key: string,
  span: Span | "whole",
  size: number,
): Promise<R2ObjectBody | undefined> {
  if (span === "whole") return (await env.MEDIA.get(key)) ?? notThere();
  try {
    return (await env.MEDIA.get(key, { range: span })) ?? notThere();
  } catch (error) {
    if (error instanceof ProblemError || (await env.MEDIA.head(key))?.size === size) throw error;
    return undefined;
  }
}

async function sizeOf(env: Env, { key }: MediaObject): Promise<number> {
  return ((await env.MEDIA.head(key)) ?? notThere()).size;
}

function notThere(): never {
  throw new ProblemError("job-not-found");
}

/** `2026-11-22 장면_07 눈을 깜빡이고 살짝 웃는다.mp4`: the day in Seoul, then the clip's title, else its picture's name and the
 * prompt's first words, without characters that file systems refuse. A scene's clip is named as in its table's ZIP. */
export function fileName(row: JobRow, prompt: string, extension: string): string {
  if (row.scene_number !== null) {
    const title = (row.title ?? prompt).replace(new RegExp(`^0*${row.scene_number} `), "");
    return numberedName(row.scene_number, title, extension);
  }
  const stem = row.picture_name?.replace(/\.[A-Za-z0-9]{2,5}$/, "") ?? "";
  const words = (row.title ?? `${stem} ${prompt}`)
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
export function disposition(name: string, download: boolean): string {
  const ascii = name.replace(/[^\x20-\x7e]+/g, "_").replaceAll('"', "_");
  const encoded = encodeURIComponent(name).replace(/['()*!]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${download ? "attachment" : "inline"}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
