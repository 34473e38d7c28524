/**
 * Clips and texts as one ZIP that streams from the bucket: each clip is asked for when its turn comes, and is never held
 * as a whole. Nothing is packed, since films are packed already; so the size is known before. It knows no project.
 *
 * A clip is one request to the bucket, of which a Function has a limited number.
 */

import type { Env } from "../env.ts";
import { disposition } from "../media.ts";
import { ProblemError } from "../problem.ts";
import { timestamp } from "../time.ts";
import { MOST_ZIP_BYTES, writeZip, type ZipEntry, zipSize } from "./zip-writer.ts";

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
 * The ZIP as a download, or its headers alone for `HEAD`. A clip that is gone, or has another size, cuts it off, which a
 * browser shows as a failed download. Throws invalid-job for more than a ZIP holds.
 */
export function zipOf(
  env: Env,
  request: Request,
  name: string,
  clips: readonly ZippedClip[],
  texts: readonly ZippedText[] = [],
): Response {
  const entries = [...clips.map((clip) => entryOfClip(env, clip)), ...texts.map(entryOfText)];
  const size = zipSize(entries);
  if (size > MOST_ZIP_BYTES) throw new ProblemError("invalid-job", TOO_MUCH);
  const headers = {
    "content-type": "application/zip",
    "content-disposition": disposition(name, true),
    "content-length": String(size),
    "cache-control": "private, no-store",
  };
  if (request.method === "HEAD") return new Response(null, { headers });
  const { readable, writable } = new FixedLengthStream(size);
  writeZip(writable, entries).catch((error: unknown) => console.warn(`a ZIP ended early: ${String(error)}`));
  return new Response(readable, { headers });
}

function entryOfClip(env: Env, { name, key, bytes, written_at }: ZippedClip): ZipEntry {
  const open = async (): Promise<ReadableStream<Uint8Array>> => {
    const found = await env.MEDIA.get(key);
    if (found === null) throw new Error(`${key} is gone`);
    return found.body;
  };
  return { name, bytes, time: inSeoul(written_at), open };
}

function entryOfText({ name, text }: ZippedText): ZipEntry {
  const bytes = new TextEncoder().encode(text);
  return { name, bytes: bytes.byteLength, time: inSeoul(timestamp()), open: async () => new Blob([bytes]).stream() };
}

function inSeoul(time: string): Date {
  return new Date(Date.parse(time) + SEOUL_MS);
}

const TOO_MUCH = {
  ko: "한 번에 4GB까지 내려받을 수 있어요. 나누어 골라 주세요.",
  en: "One download holds up to 4 GB. Choose fewer clips.",
};
