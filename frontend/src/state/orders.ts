/** The clips that a press asked for, kept in this browser until the site has answered each. Each has its idempotency key
 * before its first request, so that a reload, a crash or another tab goes on with the same one. Sends nothing. */

import type { JobRequestBody, Problem } from "../../../functions/_generated/contract";
import { IndexedStore } from "./indexed-store";
import type { Slot } from "./pictures";
import { Store } from "./store";

export interface Order {
  /** The idempotency key. */
  key: string;
  /** The press that it belongs to, and its time in milliseconds. */
  press: string;
  pressedAt: number;
  /** Its place among the clips of the press, from 1. */
  place: number;
  of: number;
  /** The draft that was sent, and the slot and upload of the picture that becomes this clip. */
  draft: string;
  slot: Slot;
  uploadId: string | null;
  body: JobRequestBody;
  /** `waiting`: any tab sends it. `stopped`: only a press for the same clip does. `made`: the site has its job. */
  state: "waiting" | "stopped" | "made";
  /** Why it was stopped, where the site or the way to it was the reason. */
  problem?: Problem;
}

/** The site forgets a key after a day. */
const KEPT_MS = 23 * 3_600_000;
const kept = new IndexedStore<Order>("clipwright-orders", "orders");
/** For browsers that keep nothing. */
const unkept = new Map<string, Order>();
const otherTabs = new BroadcastChannel("clipwright.orders");
otherTabs.addEventListener("message", () => void loadOrders());

/** All of them, in the order in which they are sent; those of other tabs too. */
export const orders = new Store<readonly Order[]>([]);

/** Reads them anew. */
export async function loadOrders(): Promise<readonly Order[]> {
  const all = (await kept.all()) ?? [...unkept.values()];
  const young = all.filter((one) => one.pressedAt > Date.now() - KEPT_MS);
  for (const old of all) if (!young.includes(old)) await kept.delete(old.key);
  const found = young.sort((a, b) => a.pressedAt - b.pressedAt || a.place - b.place);
  if (JSON.stringify(found) !== JSON.stringify(orders.value)) orders.set(found);
  return orders.value;
}

/** Resolves once they are kept. */
export async function putOrders(changed: readonly Order[]): Promise<void> {
  for (const order of changed) if (!(await kept.put(order.key, order))) unkept.set(order.key, order);
  await told();
}

export async function dropOrders(gone: readonly Order[]): Promise<void> {
  if (gone.length === 0) return;
  for (const { key } of gone) {
    unkept.delete(key);
    await kept.delete(key);
  }
  await told();
}

async function told(): Promise<void> {
  otherTabs.postMessage(null);
  await loadOrders();
}

/** Fetches what sends them where some are left, whichever room is open. */
export async function sendWhatIsLeft(): Promise<void> {
  if (!(await loadOrders()).some(({ state }) => state === "waiting")) return;
  const { goOn } = await import("./sending");
  await goOn();
}
