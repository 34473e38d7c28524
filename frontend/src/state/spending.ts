/** What the caller has spent today, and the day's cap. It comes with what is under way. Draws nothing. */

import type { Today } from "../../../functions/_generated/contract";
import { Store } from "./store";

/** Null until it came. */
export const today = new Store<Today | null>(null);
