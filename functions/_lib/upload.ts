/**
 * A picture on its way from the browser to the bucket: judged by its first bytes, streamed on, and thrown away again
 * when its end is missing. Never held whole in memory. It knows no job.
 */

import { MAX_UPLOAD_BYTES, RETENTION_DAYS } from "../_generated/constants.ts";
import { joined } from "./body.ts";
import type { Env } from "./env.ts";
import { newId } from "./id.ts";
import { MarkFinder, type PictureHead, readHead } from "./picture.ts";
import { ProblemError, type Words } from "./problem.ts";
import type { UploadRow } from "./row.ts";
import { DAY_SECONDS, inSeconds, timestamp } from "./time.ts";

const SHORTEST_SIDE = 64;
const LONGEST_SIDE = 12_000;
const MOST_PIXELS = 40_000_000;
/** Cameras put previews and profiles in front of a JPEG's size. */
const LONGEST_HEAD_BYTES = 2 * 1024 * 1024;

/** Throws body-too-large, picture-unsupported or picture-refused; then neither object nor row is left. */
export async function receive(env: Env, owner: string, request: Request): Promise<UploadRow> {
  const declared = lengthOf(request);
  if (declared === 0 || request.body === null) throw refused(EMPTY);
  const reader = (request.body as ReadableStream<Uint8Array>).getReader();
  const start = await readStart(reader, declared);
  const head = judge(start, declared);

  const now = Date.now();
  const row: UploadRow = {
    id: newId(now),
    owner,
    content_type: head.content_type,
    bytes: declared,
    width: head.width,
    height: head.height,
    created_at: timestamp(now),
    expires_at: inSeconds(RETENTION_DAYS * DAY_SECONDS, now),
  };
  await store(env.MEDIA, `inputs/${row.id}`, row, head, start, reader);
  try {
    await env.DB.prepare(
      `INSERT INTO uploads (id, owner, content_type, bytes, width, height, created_at, expires_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
    )
      .bind(row.id, owner, row.content_type, row.bytes, row.width, row.height, row.created_at, row.expires_at)
      .run();
  } catch (error) {
    await env.MEDIA.delete(`inputs/${row.id}`);
    throw error;
  }
  return row;
}

function lengthOf(request: Request): number {
  const header = request.headers.get("content-length");
  if (header === null || !/^\d+$/.test(header)) throw refused(NO_LENGTH);
  const bytes = Number(header);
  if (bytes > MAX_UPLOAD_BYTES) throw new ProblemError("body-too-large");
  return bytes;
}

/** Bytes from the beginning, enough to read the head or to know that it cannot be read. */
async function readStart(reader: ReadableStreamDefaultReader<Uint8Array>, declared: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const { done, value } = await next(reader);
    if (value !== undefined) {
      chunks.push(value);
      total += value.byteLength;
    }
    const bytes = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : joined(chunks, total);
    if (done || total >= Math.min(LONGEST_HEAD_BYTES, declared) || readHead(bytes) !== "more") return bytes;
  }
}

function judge(start: Uint8Array, declared: number): PictureHead {
  const head = readHead(start);
  if (head === "unknown" || (head === "more" && start.length < 12)) throw new ProblemError("picture-unsupported");
  if (typeof head === "string") throw refused(BROKEN);
  const { width, height } = head;
  if (
    Math.min(width, height) < SHORTEST_SIDE ||
    Math.max(width, height) > LONGEST_SIDE ||
    width * height > MOST_PIXELS
  ) {
    throw refused({
      ko: `이 그림은 ${width}×${height}픽셀이에요. 한 변은 64~12,000픽셀, 전체는 4천만 픽셀까지 쓸 수 있어요.`,
      en: `It has ${width}×${height} pixels; each side may have 64 to 12,000 and the whole at most 40 million.`,
    });
  }
  if (declared < head.least_bytes) throw refused(CUT_OFF);
  return head;
}

/** Copies start and rest into the bucket. The last piece waits until the end is known to be there. */
async function store(
  media: R2Bucket,
  key: string,
  row: UploadRow,
  head: PictureHead,
  start: Uint8Array,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<void> {
  const finder = head.end_mark === undefined ? undefined : new MarkFinder(head.end_mark);
  const { readable, writable } = new FixedLengthStream(row.bytes);
  const stored = media.put(key, readable, { httpMetadata: { contentType: row.content_type } });
  // Its failure is met below, where the copy itself may have failed first and says why.
  stored.catch(() => undefined);
  const writer = writable.getWriter();
  try {
    let held = start;
    let total = start.byteLength;
    finder?.push(start);
    for (;;) {
      const { done, value } = await next(reader);
      if (done) break;
      finder?.push(value);
      total += value.byteLength;
      await writer.write(held);
      held = value;
    }
    if (total !== row.bytes || finder?.found === false) throw refused(CUT_OFF);
    await writer.write(held);
    await writer.close();
    await stored;
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    await stored.catch(() => undefined);
    await media.delete(key);
    throw error;
  }
}

async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch {
    throw refused(CUT_OFF);
  }
}

function refused(detail: Words): ProblemError {
  return new ProblemError("picture-refused", detail);
}

const EMPTY: Words = { ko: "파일이 비어 있어요.", en: "The file is empty." };
const NO_LENGTH: Words = { ko: "Content-Length 헤더가 필요해요.", en: "A Content-Length header is needed." };
const BROKEN: Words = { ko: "그림 파일이 손상됐어요.", en: "The picture file is damaged." };
const CUT_OFF: Words = { ko: "그림 파일이 중간에 잘렸어요.", en: "The picture file is cut off." };
