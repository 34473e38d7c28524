/** What the caller has spent today, and the day's cap. Draws nothing. */

import type { Usage } from "../../../functions/_generated/contract";
import { call, Failure } from "../api";
import { Store } from "./store";

export interface Today {
  /** Billed for what has ended. */
  billed_micro_won: number;
  /** Held for what has not. */
  held_micro_won: number;
  cap_micro_won: number;
}

export const today = new Store<Today | null>(null);

/** Without an answer it stays as it was. */
export async function loadToday(): Promise<void> {
  try {
    const { body } = await call<Usage>("/api/usage");
    if (body === null) return;
    const { billed_micro_won, held_micro_won } = body.today;
    today.set({ billed_micro_won, held_micro_won, cap_micro_won: body.limits.owner_day_micro_won });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}
