/** Reads a JSON request body up to its limit and validates it. A refused body costs nothing. */

import { MAX_JSON_BYTES } from "../_generated/constants.ts";
import { ProblemError } from "./problem.ts";
import { type BodyVerdict, parseJson } from "./validate.ts";

/** Throws wrong-content-type, body-too-large, body-cut-off, not-json or invalid-job. */
export async function readBody<Body>(
  request: Request,
  validate: (body: unknown) => BodyVerdict<Body>,
  limit: number = MAX_JSON_BYTES,
): Promise<Body> {
  const type = (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new ProblemError("wrong-content-type");
  const parsed = parseJson(await readBytes(request, limit));
  if (parsed === undefined) throw new ProblemError("not-json");
  return accepted(validate(parsed.value));
}

export function accepted<Body>(verdict: BodyVerdict<Body>): Body {
  if (verdict.ok) return verdict.value;
  throw new ProblemError(
    "invalid-job",
    { ko: `고칠 항목이 ${verdict.faults.length}개 있어요.`, en: `Fields to correct: ${verdict.faults.length}.` },
    { errors: verdict.faults },
  );
}

/** The body's bytes. Throws body-cut-off, and body-too-large as soon as the limit is passed, whatever Content-Length said. */
export async function readBytes(request: Request, limit: number = MAX_JSON_BYTES): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > limit) throw new ProblemError("body-too-large");
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of arriving(request)) {
    total += chunk.byteLength;
    if (total > limit) throw new ProblemError("body-too-large");
    chunks.push(chunk);
  }
  return joined(chunks, total);
}

/** The body as it comes in. Throws body-cut-off when its sender goes away before the end. */
async function* arriving(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === null) return;
  try {
    yield* request.body as ReadableStream<Uint8Array>;
  } catch {
    throw new ProblemError("body-cut-off");
  }
}

export function joined(chunks: readonly Uint8Array[], total: number): Uint8Array {
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
