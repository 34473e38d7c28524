/** Sends the clips that were pressed for, one after the other. The tab that they were pressed in sends them; when it is
 * gone, another goes on with the same keys. Draws nothing. */

import type { Job, JobRequestBody, Problem } from "../../../functions/_generated/contract";
import { Failure } from "../api";
import { type ClipRequest, lostPictures } from "../request";
import { change, draftId, keepDraft } from "./draft";
import { loadJobs, submit } from "./jobs";
import { dropOrders, loadOrders, type Order, orders, putOrders } from "./orders";
import { pictures, removePicture, renewPicture, type Slot } from "./pictures";
import { Store } from "./store";

/** Whoever holds the lock of a draft sends its orders: its tab as long as it is open, then any other. */
const SENDER = "clipwright.sender.";
/** After a longer break nobody may expect the rest to be sent: then it waits for a press. */
const GOES_ON_MS = 10 * 60_000;

/** Why the last press of this tab was not sent to its end; null where it was. */
export const sendProblem = new Store<Problem | null>(null);
let begun: (job: Job) => void = () => undefined;
let going: Promise<void> | undefined;
/** The drafts whose orders this tab sends, and those that it would send for. */
const sends = new Set<string>();
const waitsFor = new Set<string>();
let isSender = false;
let looking: Promise<void> | undefined;
const onItsWay = new Set<string>();
/** The slots whose pictures are on their way once more, for the same clip. */
const renewing = new Set<Slot>();
/** Keys of orders whose pictures have left the form, and of those whose pictures were seen in it: a picture that was never
 * there since the page was loaded was not taken out. */
const left = new Set<string>();
const seen = new Set<string>();

const isMine = (order: Order): boolean => order.draft === draftId;
const isWaiting = (order: Order): boolean => order.state === "waiting";

/** The order of this tab that is sent now, or next; of other tabs where this one has none. */
export function sentNow(): (Order & { isMine: boolean }) | null {
  const waiting = orders.value.filter(isWaiting);
  const order = waiting.find(isMine) ?? waiting[0];
  return order === undefined ? null : { ...order, isMine: isMine(order) };
}

/** Sends a clip for each request; returns how many the site began. `sendProblem` says why it ended before the last one. */
export async function press(requests: readonly ClipRequest[]): Promise<number> {
  const earlier = (await loadOrders()).filter((one) => one.state === "stopped");
  const mark = { press: crypto.randomUUID(), pressedAt: Date.now(), of: requests.length, draft: draftId };
  const asked = requests.map(({ slot, body, picture }, index): Order => {
    const again = earlier.findIndex((one) => isSameClip(one.body, body));
    const [known] = again < 0 ? [] : earlier.splice(again, 1);
    const { key, body: sent } = known ?? { key: crypto.randomUUID(), body };
    return { key, ...mark, place: index + 1, slot, uploadId: picture?.uploadId ?? null, body: sent, state: "waiting" };
  });
  await putOrders(asked);
  return finish(mark.press, requests.length);
}

/** Goes on with what was left when the page went, and keeps the form in step with what is sent, by any tab. Once, however
 * many ask for it; `onBegun` is called with the first job of each press of this tab. */
export function goOn(onBegun?: (job: Job) => void): Promise<void> {
  begun = onBegun ?? begun;
  going ??= goOnOnce();
  return going;
}

async function goOnOnce(): Promise<void> {
  await keepDraft();
  await loadOrders();
  settleForm();
  const late = orders.value.filter((one) => one.pressedAt < Date.now() - GOES_ON_MS);
  // Not sooner: a browser that is killed forgets the last changes of the form, and the pictures that had left it come back.
  await dropOrders(late.filter((one) => isMine(one) && one.state === "made"));
  await putOrders(late.filter(isWaiting).map((one) => ({ ...one, state: "stopped" })));
  orders.watch(followOrders);
  pictures.watch(settleForm);
  void navigator.locks.request(SENDER + draftId, () => {
    isSender = true;
    followOrders();
    return new Promise(() => undefined); // until this tab is gone
  });
  followOrders();
  const mine = orders.value.find((one) => isMine(one) && isWaiting(one));
  if (mine) await finish(mine.press, mine.of);
}

/** Takes back what this tab's press has not sent yet. Its pictures stay in the form. */
export async function stopSending(): Promise<void> {
  const rest = orders.value.filter((one) => isMine(one) && isWaiting(one) && !onItsWay.has(one.key));
  await putOrders(rest.map((one) => ({ ...one, state: "stopped" })));
}

async function finish(id: string, of: number): Promise<number> {
  sendProblem.set(null);
  const ours = () => orders.value.filter((one) => one.press === id);
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (ours().some(isWaiting)) return;
      end();
      resolve();
    };
    const end = orders.watch(look);
    look();
  });
  const stopped = ours().filter((one) => one.state === "stopped");
  sendProblem.set(stopped.find((one) => one.problem)?.problem ?? null);
  return of > 1 ? ours().filter((one) => one.state === "made").length : of - stopped.length;
}

function followOrders(): void {
  settleForm();
  for (const id of new Set(orders.value.filter(isWaiting).map((one) => one.draft))) {
    if (id === draftId && isSender) void sendAll(id);
    else look(); // another tab makes some
    if (id !== draftId && !waitsFor.has(id)) void sendInstead(id);
  }
}

/** Sends the orders of another tab's draft once that tab is gone. */
async function sendInstead(id: string): Promise<void> {
  waitsFor.add(id);
  await navigator.locks.request(SENDER + id, () => sendAll(id));
  waitsFor.delete(id);
  look();
}

function look(): void {
  looking ??= loadJobs().finally(() => (looking = undefined));
}

async function sendAll(id: string): Promise<void> {
  if (sends.has(id)) return;
  sends.add(id);
  try {
    for (let next = await nextOf(id); next; next = await nextOf(id)) await sendOne(next);
  } finally {
    sends.delete(id);
  }
}

async function nextOf(id: string): Promise<Order | undefined> {
  return (await loadOrders()).find((one) => isWaiting(one) && one.draft === id);
}

async function sendOne(order: Order): Promise<void> {
  onItsWay.add(order.key);
  try {
    const { job, sent } = await submitRenewed(order);
    if (sent.of > 1) await putOrders([{ ...sent, state: "made" }]);
    else await dropOrders([sent]);
    if (isMine(order) && order.place === 1) begun(job);
  } catch (error) {
    const rest = orders.value.filter((one) => one.press === order.press && isWaiting(one));
    const why = error instanceof Failure ? { problem: error.problem } : {};
    await putOrders(rest.map((one) => ({ ...one, state: "stopped", ...why })));
    if (!(error instanceof Failure)) throw error;
  } finally {
    onItsWay.delete(order.key);
  }
}

/** Asks for one clip. What the site has no more of its pictures is sent again, and the clip asked for once more. `sent` is
 * the order as it was taken. */
async function submitRenewed(order: Order): Promise<{ job: Job; sent: Order }> {
  try {
    return { job: await submit(order.body, order.key), sent: order };
  } catch (error) {
    const request = { slot: order.slot, body: order.body, picture: undefined };
    const lost = error instanceof Failure && isMine(order) ? lostPictures(error.problem, request) : [];
    for (const { slot } of lost) renewing.add(slot);
    const ids = await Promise.all(lost.map(async ({ member, slot }) => [member, await renewPicture(slot)] as const));
    for (const { slot } of lost) renewing.delete(slot);
    if (ids.length === 0 || ids.some(([, id]) => id === null)) throw error;
    const body = { ...order.body, ...Object.fromEntries(ids) } as JobRequestBody;
    const sent = { ...order, body, uploadId: pictures.value[order.slot]?.uploadId ?? null };
    await putOrders([sent]);
    return { job: await submit(body, order.key), sent };
  }
}

/** Of several, a picture leaves the form as soon as its clip is begun, and one that was taken out before is not sent. */
function settleForm(): void {
  const several = orders.value.filter((one) => isMine(one) && one.of > 1);
  for (const order of several.filter((one) => one.state === "made" && !left.has(one.key))) {
    left.add(order.key);
    if (pictures.value[order.slot]?.uploadId !== order.uploadId) continue;
    removePicture(order.slot);
    change({ sentWords: order.body.prompt });
  }
  const waiting = several.filter(isWaiting);
  for (const order of waiting) if (isStill(order)) seen.add(order.key);
  void dropOrders(waiting.filter((one) => seen.has(one.key) && !isStill(one)));
}

/** Whether the order's picture is in the form; which part of it was chosen since does not matter. */
function isStill({ slot, uploadId }: Order): boolean {
  return pictures.value[slot]?.uploadId === uploadId || renewing.has(slot);
}

/** Whether both ask for the same, by whichever deadline. */
function isSameClip(one: JobRequestBody, other: JobRequestBody): boolean {
  const asked = (body: JobRequestBody) => JSON.stringify({ ...body, within_seconds: null });
  return asked(one) === asked(other);
}
