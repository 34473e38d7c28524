/**
 * Clips and texts as one ZIP that streams from the bucket: each clip is asked for when its turn comes, and is never held
 * as a whole. Nothing is packed, since films are packed already; so the size is known before. It knows no project.
 *
 * A clip is one request to the bucket, of which a Function has a limited number.
 */

import { conditionOf } from "../conditions.ts";
import type { Env } from "../env.ts";
import { hashOf } from "../hash.ts";
import { disposition } from "../media.ts";
import { ProblemError } from "../problem.ts";
import { parseRange, rangeStillMeant, type Span } from "../range.ts";
import { timestamp } from "../time.ts";
import { MOST_ZIP_BYTES, Zip, type ZipEntry } from "./zip-writer.ts";

export interface ZippedClip {
  name: string;
  key: string;
  bytes: number;
  written_at: string;
}

export interface ZippedText {
  name: string;
  text: string;
}

/** A ZIP's times have no zone: those of Seoul are written. */
const SEOUL_MS = 9 * 60 * 60 * 1_000;

/**
 * The ZIP as a download, whole or from where it broke off, or its headers alone for `HEAD`. The same clips and texts give
 * the same bytes. A clip that is gone, or has another size, cuts it off, which a browser shows as a failed download. Throws
 * invalid-job for more than a ZIP holds.
 */
export async function zipOf(
  env: Env,
  request: Request,
  name: string,
  clips: readonly ZippedClip[],
  texts: readonly ZippedText[] = [],
): Promise<Response> {
  const newest = clips.reduce((last, { written_at }) => (written_at > last ? written_at : last), "");
  const zip = new Zip([...clips.map((clip) => entryOfClip(env, clip)), ...texts.map((text) => entryOfText(text, newest))]);
  if (zip.bytes > MOST_ZIP_BYTES) throw new ProblemError("invalid-job", TOO_MUCH);
  const etag = `"${await hashOf({ clips, texts })}"`;
  const headers = new Headers({
    "accept-ranges": "bytes",
    "cache-control": "private, no-cache",
    "content-disposition": disposition(name, true),
    "content-type": "application/zip",
    etag,
  });
  switch (conditionOf(request.headers, etag, timestamp())) {
    case "failed":
      throw new ProblemError("precondition-failed", undefined, { headers: { etag } });
    case "unchanged":
      headers.delete("content-type");
      return new Response(null, { status: 304, headers });
  }
  const isRangeMeant = request.method === "GET" && rangeStillMeant(request.headers.get("if-range"), etag);
  const span = parseRange(isRangeMeant ? request.headers.get("range") : null, zip.bytes);
  if (span === "unsatisfiable") {
    throw new ProblemError("range-not-satisfiable", undefined, {
      headers: { "content-range": `bytes */${zip.bytes}`, "accept-ranges": "bytes" },
    });
  }
  const { offset, length } = span === "whole" ? { offset: 0, length: zip.bytes } : span;
  headers.set("content-length", String(length));
  if (span !== "whole") headers.set("content-range", `bytes ${offset}-${offset + length - 1}/${zip.bytes}`);
  const status = span === "whole" ? 200 : 206;
  if (request.method === "HEAD") return new Response(null, { headers });
  const { readable, writable } = new FixedLengthStream(length);
  zip.write(writable, { offset, length }).catch((error: unknown) => console.warn(`a ZIP ended early: ${String(error)}`));
  return new Response(readable, { status, headers });
}

function entryOfClip(env: Env, { name, key, bytes, written_at }: ZippedClip): ZipEntry {
  const open = async (part?: Span): Promise<ReadableStream<Uint8Array>> => {
    const found = await env.MEDIA.get(key, part === undefined ? {} : { range: part });
    if (found === null) throw new Error(`${key} is gone`);
    return found.body;
  };
  return { name, bytes, time: inSeoul(written_at), open };
}

/** Its time is that of the newest clip. */
function entryOfText({ name, text }: ZippedText, written_at: string): ZipEntry {
  const bytes = new TextEncoder().encode(text);
  const open = async (part?: Span): Promise<ReadableStream<Uint8Array>> => {
    const { offset, length } = part ?? { offset: 0, length: bytes.byteLength };
    return new Blob([bytes.subarray(offset, offset + length)]).stream();
  };
  return { name, bytes: bytes.byteLength, time: inSeoul(written_at), open };
}

function inSeoul(time: string): Date {
  return new Date(Date.parse(time) + SEOUL_MS);
}

const TOO_MUCH = {
  ko: "한 번에 4GB까지 내려받을 수 있어요. 나누어 골라 주세요.",
  en: "One download holds up to 4 GB. Choose fewer clips.",
};
