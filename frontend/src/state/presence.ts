/** Tells the site that somebody is at work in the form, so that a card whose work is done waits for them. Says nothing while
 * nobody types, chooses or uploads, nor from a page that is not seen. */

import { call, Failure } from "../api";
import { isOnline } from "./notices";

const EVERY_MS = 20_000;
const AT_WORK_MS = 60_000;

let workedAt = Number.NEGATIVE_INFINITY;
let toldAt = Number.NEGATIVE_INFINITY;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Somebody did something in the form. */
export function worked(): void {
  workedAt = Date.now();
  if (timer === undefined) timer = setTimeout(() => void tell(), Math.max(0, toldAt + EVERY_MS - workedAt));
}

export function isAtWork(): boolean {
  return !document.hidden && Date.now() - workedAt <= AT_WORK_MS;
}

async function tell(): Promise<void> {
  timer = undefined;
  if (!isAtWork()) return;
  toldAt = Date.now();
  timer = setTimeout(() => void tell(), EVERY_MS);
  if (!isOnline.value) return;
  try {
    await call("/api/presence", { method: "POST" });
  } catch (error) {
    if (!(error instanceof Failure)) throw error; // the card goes, and starts again when it is wanted
  }
}
