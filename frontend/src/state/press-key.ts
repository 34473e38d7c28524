/** The idempotency key of a table's press that has had no answer: the same press has the same key, also after a reload or a
 * crash. It sends nothing. */

import { IndexedStore } from "./indexed-store";

interface Press {
  /** What was asked for, to the letter. */
  asked: string;
  key: string;
  at: number;
}

/** Later, the same press means more clips of the same scenes. */
const SAME_PRESS_MS = 10 * 60_000;
const kept = new IndexedStore<Press>("clipwright-presses", "presses");
/** For browsers that keep nothing. */
const unkept = new Map<string, Press>();

/** Resolves once the key is kept. Tabs that press the same at the same moment get the same one. */
export async function keyOfPress(project: string, asked: string): Promise<string> {
  const press = await kept.update(project, (stored) => {
    const before = stored ?? unkept.get(project);
    const isSame = before?.asked === asked && before.at > Date.now() - SAME_PRESS_MS;
    return isSame ? before : { asked, key: crypto.randomUUID(), at: Date.now() };
  });
  unkept.set(project, press);
  return press.key;
}

/** The next press means another batch. */
export async function forgetPress(project: string): Promise<void> {
  unkept.delete(project);
  await kept.delete(project);
}
