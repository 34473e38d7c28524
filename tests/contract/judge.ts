/** Reads [{name, body(base64)}] on stdin and prints, by name, what the edge's validator says: its value or its faults. */

import { parseJson, validateJobRequest } from "../../functions/_lib/validate.ts";

declare const process: { stdin: AsyncIterable<Uint8Array>; stdout: { write(text: string): void } };
declare const Buffer: { from(text: string, encoding: "base64"): Uint8Array; concat(parts: Uint8Array[]): Uint8Array };

const parts: Uint8Array[] = [];
for await (const part of process.stdin) parts.push(part);
const cases = JSON.parse(new TextDecoder().decode(Buffer.concat(parts))) as { name: string; body: string }[];

const verdicts: Record<string, unknown> = {};
for (const { name, body } of cases) {
  const parsed = parseJson(Buffer.from(body, "base64"));
  verdicts[name] = parsed === undefined ? { ok: false, faults: [] } : validateJobRequest(parsed.value);
}
process.stdout.write(JSON.stringify(verdicts));
