/** What can be asked for and what it costs, as the server lists it. Computes no price: it looks prices up. */

import type {
  Estimate,
  JobRequest,
  Menu,
  PresetInfo,
  PresetName,
  Ratio,
  Seconds,
  Tier,
  Version,
} from "../../functions/_generated/contract";
import { call, Failure } from "./api";
import { Cell } from "./cell";

export interface Choice {
  preset: PresetName;
  tier: Tier;
  ratio: Ratio;
  seconds: Seconds;
}

export const menu = new Cell<Menu | null>(null);
export const menuFailure = new Cell<Failure | null>(null);
/** True when the server speaks another contract than this page was built with. */
export const isOutdated = new Cell(false);

const RETRY_MS = 4_000;
const RENDERER_UNKNOWN_MS = 8_000;

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

export function choiceOf(request: JobRequest): Choice {
  return { preset: request.preset, tier: request.tier, ratio: request.ratio, seconds: request.seconds };
}
