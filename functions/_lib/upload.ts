/**
 * Receives a picture or a sound: announces it to the caps, streams it to the bucket, lets the GPU service read it on a CPU,
 * and keeps the version for the models. An unusable file leaves nothing. It makes no job, and reads neither kind itself.
 */

import { MAX_UPLOAD_BYTES, MP4_SOUND_BRANDS, UNUSED_PICTURE_HOURS } from "../_generated/constants.ts";
import type { PictureRead } from "../_generated/contract.d.ts";
import { capsOf, hourOf, mayAddUpload } from "./caps.ts";
import type { Env } from "./env.ts";
import * as gpu from "./gpu.ts";
import { newId } from "./id.ts";
import { ProblemError, type Words } from "./problem.ts";
import { uploadRefusal } from "./refusal.ts";
import type { UploadRow } from "./row.ts";
import { HOUR_SECONDS, inSeconds, seoulDay, timestamp } from "./time.ts";

type UploadType = UploadRow["content_type"];
/** Enough bytes to distinguish the formats. */
const SIGNATURE_BYTES = 12;
const MP4_BRANDS: ReadonlySet<string> = new Set(MP4_SOUND_BRANDS);
/** Characters of a file's name that are kept. */
const MAX_NAME = 200;
/** An upload that takes longer loses its place, and its file. */
export const PLACE_SECONDS = 1_800;

/** Throws length-required, body-too-large, too-many-uploads, gpu-unreachable, and that a picture or a sound is
 * unsupported or refused. */
export async function receive(env: Env, owner: string, request: Request): Promise<UploadRow> {
  const declared = lengthOf(request);
  if (declared === 0 || request.body === null) throw refused(EMPTY);
  const { body } = request;
  return admitted(env.DB, owner, declared, async (id, now) => {
    const raw = `inputs/raw/${id}`;
    try {
      const isSoundMeant = request.headers.get("content-type")?.startsWith("audio/") ?? false;
      const content_type = await store(env.MEDIA, raw, declared, body, isSoundMeant);
      const { picture, sound } = isSound(content_type) ? await readSound(env, raw) : await readPicture(env, raw);
      const name = nameOf(request.headers.get("x-file-name"));
      return { content_type, bytes: declared, picture, sound, name, from_job: null };
    } finally {
      // An answer does not depend on it: what the bucket keeps now goes with a later sweep.
      await env.MEDIA.delete(raw).catch(() => clearLater(env.DB, raw, now).run());
    }
  });
}

/** What is in the bucket and becomes an upload. A sound lies where a picture would, without a size. */
export interface Brought extends Pick<UploadRow, "content_type" | "bytes" | "sound" | "name" | "from_job"> {
  picture: PictureRead;
}

/** Announces an upload to the caps, has it brought into the bucket, and writes its row. Throws too-many-uploads, and what
 * `bring` throws; then nothing is left of it. */
export async function admitted(
  db: D1Database,
  owner: string,
  bytes: number,
  bring: (id: string, now: number) => Promise<Brought>,
): Promise<UploadRow> {
  const now = Date.now();
  const id = newId(now);
  await announce(db, id, owner, bytes, now);
  try {
    const { picture, ...rest } = await bring(id, now);
    const row: UploadRow = {
      ...rest,
      id,
      owner,
      width: picture.width,
      height: picture.height,
      created_at: timestamp(now),
      expires_at: inSeconds(UNUSED_PICTURE_HOURS * HOUR_SECONDS, now),
      picture_key: picture.key,
      picture_bytes: picture.bytes,
      faces: JSON.stringify(picture.faces),
    };
    await accept(db, row);
    return row;
  } catch (error) {
    await leave(db, id).run();
    throw error;
  }
}

function lengthOf(request: Request): number {
  const header = request.headers.get("content-length");
  if (header === null || !/^\d+$/.test(header)) throw new ProblemError("length-required");
  const bytes = Number(header);
  if (bytes > MAX_UPLOAD_BYTES) throw new ProblemError("body-too-large");
  return bytes;
}

/** A file's name as its sender percent-encoded it: its last part, composed, without control characters. A name that
 * cannot be read is none; it only helps to find the clip again. */
export function nameOf(header: string | null): string | null {
  try {
    const name = decodeURIComponent(header ?? "").split(/[\\/]/).at(-1) ?? "";
    const clean = name.normalize("NFC").replace(/\p{C}/gu, "").trim();
    return [...clean].slice(0, MAX_NAME).join("") || null;
  } catch {
    return null;
  }
}

/** Copies the body into the bucket, if its first bytes are those of a picture or a sound. Each byte is read once. */
async function store(
  media: R2Bucket,
  key: string,
  declared: number,
  body: ReadableStream<Uint8Array>,
  isSoundMeant: boolean,
): Promise<UploadType> {
  const reader = body.getReader();
  let start = await next(reader);
  while (start !== undefined && start.byteLength < Math.min(SIGNATURE_BYTES, declared)) {
    const more = await next(reader);
    if (more === undefined) break;
    start = joined(start, more);
  }
  const type = typeOf(start ?? new Uint8Array());
  if (type === undefined) throw new ProblemError(isSoundMeant ? "sound-unsupported" : "picture-unsupported");
  const { readable, writable } = new FixedLengthStream(declared);
  const stored = media.put(key, readable, { httpMetadata: { contentType: type } });
  // Its failure is handled below: if the copy failed first, that error is the cause.
  stored.catch(() => undefined);
  const writer = writable.getWriter();
  try {
    let total = 0;
    for (let chunk = start; chunk !== undefined; chunk = await next(reader)) {
      total += chunk.byteLength;
      await writer.write(chunk);
    }
    if (total !== declared) throw refused(CUT_OFF, isSound(type));
    await writer.close();
    await stored;
    return type;
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
    await stored.catch(() => undefined);
    throw error;
  }
}

async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return (await reader.read()).value;
  } catch {
    throw refused(CUT_OFF);
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.byteLength + other.byteLength);
  both.set(one);
  both.set(other, one.byteLength);
  return both;
}

/** The format by the first bytes; the sender's own content type is not trusted. */
export function typeOf(bytes: Uint8Array): UploadType | undefined {
  const text = String.fromCharCode(...bytes.subarray(0, SIGNATURE_BYTES));
  if (text.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (text.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (text.startsWith("RIFF") && text.slice(8) === "WEBP") return "image/webp";
  if (text.startsWith("RIFF") && text.slice(8) === "WAVE") return "audio/wav";
  if (text.slice(4, 8) === "ftyp" && MP4_BRANDS.has(text.slice(8))) return "audio/mp4";
  const [first = 0, second = 0] = bytes;
  const isMpegFrame = first === 0xff && (second & 0xe6) === 0xe2; // layer III
  return text.startsWith("ID3") || isMpegFrame ? "audio/mpeg" : undefined;
}

function isSound(type: UploadType): boolean {
  return type.startsWith("audio/");
}

type Read = Pick<Brought, "picture" | "sound">;

async function readPicture(env: Env, key: string): Promise<Read> {
  return { picture: await answered(key, () => gpu.readPicture(env, key)), sound: null };
}

async function readSound(env: Env, raw: string): Promise<Read> {
  const { key, bytes, seconds, channels } = await answered(raw, () => gpu.readSound(env, raw));
  return { picture: { key, bytes, width: 0, height: 0, faces: [] }, sound: JSON.stringify({ seconds, channels }) };
}

async function answered<Answer>(key: string, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof gpu.GpuServiceError)) throw error;
    console.warn(JSON.stringify({ upload: key, message: error.message }));
    throw new ProblemError(error.reason ?? "gpu-unreachable");
  }
}

/** Announces a picture of that size, if the caps have room for it. Throws too-many-uploads. */
async function announce(db: D1Database, id: string, owner: string, bytes: number, now: number): Promise<void> {
  const at = timestamp(now);
  const place = await db
    .prepare(
      `INSERT INTO incoming_uploads (id, owner, bytes, created_at) SELECT ?1, ?2, ?3, ?4
       WHERE ${mayAddUpload("?3", { owner: "?2", day: "?5", hour: "?6" })} RETURNING id`,
    )
    .bind(id, owner, bytes, at, seoulDay(now), hourOf(at))
    .first();
  if (place === null) throw uploadRefusal(await capsOf(db, owner), bytes);
}

/** The picture takes its place, unless the place was given up meanwhile. */
async function accept(db: D1Database, row: UploadRow): Promise<void> {
  const [accepted] = await db.batch([
    db
      .prepare(
        `INSERT INTO uploads (id, owner, content_type, bytes, width, height, created_at, expires_at, picture_key,
           picture_bytes, faces, name, from_job, sound)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14
         WHERE EXISTS (SELECT 1 FROM incoming_uploads WHERE id = ?1)
         RETURNING id`,
      )
      .bind(
        row.id,
        row.owner,
        row.content_type,
        row.bytes,
        row.width,
        row.height,
        row.created_at,
        row.expires_at,
        row.picture_key,
        row.picture_bytes,
        row.faces,
        row.name,
        row.from_job,
        row.sound,
      ),
    leave(db, row.id),
  ]);
  if (accepted?.results.length !== 1) throw new Error(`the upload ${row.id} took longer than its place was kept`);
}

function leave(db: D1Database, id: string): D1PreparedStatement {
  return db.prepare("DELETE FROM incoming_uploads WHERE id = ?1").bind(id);
}

function clearLater(db: D1Database, key: string, now: number): D1PreparedStatement {
  return db
    .prepare("INSERT INTO clearing (target, due_at) VALUES (?1, ?2) ON CONFLICT (target) DO NOTHING")
    .bind(key, timestamp(now));
}

/** Deletes a picture that no open job uses and no scene shows. The jobs made from it cannot be run again then. */
export async function remove(db: D1Database, id: string, owner: string): Promise<void> {
  const [removed, found] = await db.batch([
    db
      .prepare(
        `DELETE FROM uploads WHERE id = ?1 AND owner = ?2 AND NOT EXISTS (
           SELECT 1 FROM job_uploads JOIN jobs ON jobs.id = job_uploads.job_id
           WHERE job_uploads.upload_id = ?1 AND jobs.status IN ('queued', 'running'))
         AND NOT EXISTS (SELECT 1 FROM scenes WHERE is_removed = 0 AND json_extract(cells, '$.first_upload_id') = ?1)
         AND NOT EXISTS (SELECT 1 FROM scenes WHERE is_removed = 0 AND json_extract(cells, '$.last_upload_id') = ?1)
         RETURNING id`,
      )
      .bind(id, owner),
    db.prepare("SELECT 1 FROM uploads WHERE id = ?1 AND owner = ?2").bind(id, owner),
  ]);
  if (removed?.results.length === 1) return;
  throw new ProblemError(found?.results.length === 1 ? "upload-in-use" : "upload-not-found");
}

/** The key of an upload's picture. Uploads from before pictures were read at upload have only the original file. */
export function keyOf(row: Pick<UploadRow, "id" | "picture_key">): string {
  return row.picture_key ?? `inputs/${row.id}`;
}

function refused(detail: Words, isOfSound = false): ProblemError {
  return new ProblemError(isOfSound ? "sound-refused" : "picture-refused", detail);
}

const EMPTY: Words = { ko: "파일이 비어 있어요.", en: "The file is empty." };
const CUT_OFF: Words = { ko: "파일이 중간에 잘렸어요.", en: "The file is cut off." };
