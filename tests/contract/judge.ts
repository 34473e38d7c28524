/**
 * Reads [{name, body(base64), definition?}] on stdin and prints, by name, what the edge's validator says: its value or
 * its faults. A body without a definition is a clip that a person asks for.
 */

import { parseJson, validate, validateJobRequest } from "../../functions/_lib/validate.ts";

declare const process: { stdin: AsyncIterable<Uint8Array>; stdout: { write(text: string): void } };
declare const Buffer: { from(text: string, encoding: "base64"): Uint8Array; concat(parts: Uint8Array[]): Uint8Array };

const parts: Uint8Array[] = [];
for await (const part of process.stdin) parts.push(part);
const cases = JSON.parse(new TextDecoder().decode(Buffer.concat(parts))) as {
  name: string;
  body: string;
  definition?: Parameters<typeof validate>[0];
}[];

const verdicts: Record<string, unknown> = {};
for (const { name, body, definition } of cases) {
  const parsed = parseJson(Buffer.from(body, "base64"));
  if (parsed === undefined) verdicts[name] = { ok: false, faults: [] };
  else if (definition === undefined) verdicts[name] = validateJobRequest(parsed.value);
  else verdicts[name] = validate(definition, parsed.value);
}
process.stdout.write(JSON.stringify(verdicts));
