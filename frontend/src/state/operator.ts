/** The operator's view of the site, asked for again while somebody looks at it. Draws nothing. */

import type { OperatorView } from "../../../functions/_generated/contract";
import { call, type Failure } from "../api";
import { attempt } from "./attempt";
import { siteCaps } from "./caps";
import { Store } from "./store";

/** Null until it came. */
export const operatorView = new Store<OperatorView | null>(null);
export const operatorFailure = new Store<Failure | null>(null);

const QUIET_MS = 60_000;
const BUSY_MS = 15_000;

export function loadOperatorView(): Promise<boolean> {
  return attempt(operatorFailure, async () => {
    const { body } = await call<OperatorView>("/api/operator");
    operatorView.set(body);
    if (body !== null) siteCaps.set(body.caps);
  });
}

/** How long the last answer stays good: shorter while something works or waits. */
export function goodForMs(): number {
  const { containers, queue } = operatorView.value ?? { containers: [], queue: null };
  const isBusy = containers.length > 0 || (queue !== null && queue.held + queue.handed + queue.running > 0);
  return isBusy ? BUSY_MS : QUIET_MS;
}
