/** What can be asked for and what it costs, as the server lists it. Prices are looked up;
 * `spentSoFar` alone computes, from the row's own rate. */

import type {
  Estimate,
  Job,
  JobRequest,
  Menu,
  PresetInfo,
  PresetName,
  Ratio,
  Seconds,
  Tier,
  Version,
} from "../../../functions/_generated/contract";
import { call, Failure } from "../api";
import { Store } from "./store";

export interface Choice {
  preset: PresetName;
  tier: Tier;
  ratio: Ratio;
  seconds: Seconds;
}

export const menu = new Store<Menu | null>(null);
export const menuFailure = new Store<Failure | null>(null);
/** True when the server speaks another contract than this page was built with. */
export const isOutdated = new Store(false);

const RETRY_MS = 4_000;
const RENDERER_UNKNOWN_MS = 8_000;

let isWanted = false;

/** Loads the menu where nothing has asked for it yet: prices are no part of a page that shows none. */
export function wantMenu(): void {
  if (isWanted) return;
  isWanted = true;
  void loadMenu();
}

/** Loads the menu, again and again until it is there and names what renders. */
export async function loadMenu(): Promise<void> {
  try {
    const { body } = await call<Menu>("/api/presets");
    menu.set(body);
    menuFailure.set(null);
    if (body?.checkpoint === null) setTimeout(() => void loadMenu(), RENDERER_UNKNOWN_MS);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (menu.value === null) menuFailure.set(error);
    setTimeout(() => void loadMenu(), RETRY_MS);
  }
}

/** Compares the contract of the page with the server's. An unreachable server is no mismatch. */
export async function checkVersion(): Promise<void> {
  try {
    const { body } = await call<Version>("/api/version");
    isOutdated.set(body !== null && body.contract !== document.documentElement.dataset["contract"]);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

export function presetNamed(name: PresetName): PresetInfo | undefined {
  return menu.value?.presets.find((preset) => preset.name === name);
}

/** The price row of a choice; undefined until the menu is loaded, or where the choice is not offered. */
export function estimateFor(choice: Choice): Estimate | undefined {
  return menu.value?.estimates.find(
    (row) =>
      row.preset === choice.preset &&
      row.tier === choice.tier &&
      row.ratio === choice.ratio &&
      row.seconds === choice.seconds,
  );
}

/** Micro-won that a cancel would cost at `nowMs`: the seconds of the attempt at work, which alone is billed, at the rate of
 * the price row, and never more than is reserved. The tiny model and a place in the line cost nothing. */
export function spentSoFar(job: Job, nowMs: number): number {
  const estimate = estimateFor(choiceOf(job.input));
  if (!estimate || menu.value?.is_tiny_model || job.status === "queued") return 0;
  const began = job.attempts.at(-1)?.started_at ?? job.started_at ?? job.created_at;
  const seconds = Math.max(0, nowMs - Date.parse(began)) / 1000; // this clock may be behind the worker's
  return Math.min(job.cost.reserved_micro_won, (estimate.micro_won / estimate.gpu_seconds) * seconds);
}

export function choiceOf(request: JobRequest): Choice {
  return { preset: request.preset, tier: request.tier, ratio: request.ratio, seconds: request.seconds };
}
