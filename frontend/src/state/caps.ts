/** The site's caps with their use, and whether new jobs are let in, for an operator. It does not know how they are shown. */

import type { CapsChange, SiteCaps } from "../../../functions/_generated/contract";
import { call, type Failure } from "../api";
import { attempt } from "./attempt";
import { Store } from "./store";

/** Null until they came. */
export const siteCaps = new Store<SiteCaps | null>(null);
export const capsFailure = new Store<Failure | null>(null);

/** Each answers whether it went well. */
export function loadCaps(): Promise<boolean> {
  return attempt(capsFailure, async () => {
    siteCaps.set((await call<SiteCaps>("/api/caps")).body);
  });
}

/** Changes what is named, and nothing else. */
export function changeCaps(change: CapsChange): Promise<boolean> {
  return attempt(capsFailure, async () => {
    siteCaps.set((await call<SiteCaps>("/api/caps", { method: "PUT", body: change })).body);
  });
}
