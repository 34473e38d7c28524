/** Has chosen files read in a thread of their own, and says why one cannot be used. Sends nothing, and draws nothing. */

import { type Format, formatOf, MEDIA_TYPES, SIGNATURE_BYTES, TAKEN } from "../picture-format";
import type { Answer, Question, Reading } from "../picture-reading";

/** A picture that can be sent: `file` as it was chosen, or what was made of it. */
export interface ReadPicture extends Omit<Reading, "made"> {
  file: Blob;
  format: Format;
}

/** The file is no picture, or none that this browser can read. */
export class UnreadablePicture extends Error {
  constructor(readonly format: Format | null) {
    super(`unreadable: ${format ?? "no picture"}`);
  }
}

let worker: Worker | null = null;
let asked = 0;
const waiting = new Map<number, (reading: Reading | null) => void>();

/** Raises UnreadablePicture. */
export async function readPicture(file: File, mostBytes: number): Promise<ReadPicture> {
  const start = file.slice(0, SIGNATURE_BYTES).arrayBuffer();
  const format = formatOf(new Uint8Array(await start.catch(() => new ArrayBuffer(0)))); // it may be gone by now
  if (format === null) throw new UnreadablePicture(null);
  const type = MEDIA_TYPES[format];
  const named = file.type === type ? file : new File([file], file.name, { type });
  const isForeign = !TAKEN.includes(format);
  const reading = await ask({ file: named, isForeign, mostBytes });
  if (reading === null) throw new UnreadablePicture(format);
  const { made, ...facts } = reading;
  return { ...facts, file: made ?? named, format };
}

/** Starts the thread. Its script is then there, whatever is deployed while the page is open. */
export function startPictureReader(): Worker {
  worker ??= started();
  return worker;
}

function ask(question: Omit<Question, "id">): Promise<Reading | null> {
  asked += 1;
  const id = asked;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    startPictureReader().postMessage({ ...question, id } satisfies Question);
  });
}

function started(): Worker {
  const made = new Worker(trusted(document.documentElement.dataset["pictureWorker"] ?? ""));
  made.addEventListener("message", ({ data }: MessageEvent<Answer>) => settle(data.id, data.reading));
  made.addEventListener("error", () => {
    // It did not start, or ended: nothing that it was asked will be answered. The next picture gets another.
    worker = null;
    for (const id of [...waiting.keys()]) settle(id, null);
  });
  return made;
}

function settle(id: number, reading: Reading | null): void {
  waiting.get(id)?.(reading);
  waiting.delete(id);
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): {
    createScriptURL(address: string): unknown;
  };
}

let policy: ReturnType<TrustedTypes["createPolicy"]> | undefined;

/** The address of a script, as the page's content security policy wants it where browsers know trusted types. */
function trusted(address: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  policy ??= trustedTypes?.createPolicy("picture-worker", { createScriptURL: (one) => one });
  return policy ? (policy.createScriptURL(address) as string) : address;
}
