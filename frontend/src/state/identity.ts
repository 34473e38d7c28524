/** Who is asking, as the site knows it, and whether it has stopped knowing. Knows neither Access nor the check by name. */

import type { Claimed, Me, Session } from "../../../functions/_generated/contract";
import { call, Failure, onRefusal } from "../api";
import { Store } from "./store";

export const me = new Store<Me | null>(null);
/** What the site asks for before it goes on; null while it knows who is asking. */
export const needed = new Store<"sign-in" | "session" | null>(null);

const NEEDS = { "/problems/sign-in-needed": "sign-in", "/problems/session-needed": "session" } as const;
const returns = new Set<() => void>();

onRefusal(({ problem }) => {
  const need = NEEDS[problem.type as keyof typeof NEEDS];
  if (need !== undefined) needed.set(need);
});

/** Called when the site knows the caller again, after it had not. */
export function onReturn(back: () => void): void {
  returns.add(back);
}

/** Asks who is asking. Without an answer it stays as it was. */
export async function loadMe(): Promise<void> {
  try {
    const { body } = await call<Me>("/api/me");
    me.set(body);
    if (body?.owner && needed.value !== null) {
      needed.set(null);
      for (const back of returns) back();
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

/** Begins a session with the token of a check. Raises `Failure`. */
export async function beginSession(token: string): Promise<void> {
  await call<Session>("/api/session", { method: "POST", body: { token } });
  await loadMe();
}

/** Moves what this browser made before to the caller; returns how many clips that were. Raises `Failure`. */
export async function claim(): Promise<number> {
  const { body } = await call<Claimed>("/api/me/claim", { method: "POST" });
  await loadMe();
  for (const back of returns) back();
  return body?.jobs ?? 0;
}
