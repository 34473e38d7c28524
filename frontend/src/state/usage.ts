/** What a month cost the caller, as the server adds it up. Draws nothing. */

import type { OwnLimits, Usage } from "../../../functions/_generated/contract";
import { call, type Failure } from "../api";
import { attempt } from "./attempt";
import { Store } from "./store";

/** Null until it came; the last one stays while another month is asked for. */
export const usage = new Store<Usage | null>(null);
export const usageFailure = new Store<Failure | null>(null);

let asked = 0;

/** Loads a month, `2026-11`, or the present one. Answers whether it went well. */
export function loadUsage(month: string | null): Promise<boolean> {
  const order = ++asked;
  return attempt(usageFailure, async () => {
    const { body } = await call<Usage>(`/api/usage${queryOf(month)}`);
    if (order === asked) usage.set(body); // a later question has the say
  });
}

/** Sets one's own caps and asks for the month on show again. Answers whether it went well. */
export async function setOwnLimits(limits: OwnLimits): Promise<boolean> {
  const isSet = await attempt(usageFailure, async () => {
    await call<OwnLimits>("/api/me/limits", { method: "PUT", body: limits });
  });
  return isSet && loadUsage(usage.value?.month ?? null);
}

export function queryOf(month: string | null): string {
  return month === null ? "" : `?month=${encodeURIComponent(month)}`;
}

/** The month so many months after `month`. */
export function monthAfter(month: string, months: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 7);
}
