/** Qualities as scenes name them: which there are, what each is called. */

import type { Menu, SceneQuality } from "../../../functions/_generated/contract";
import { either } from "../state/language";

/** Those that begin with one picture, or none. */
export function qualities(menu: Menu | null): SceneQuality[] {
  const offered = (menu?.presets ?? []).filter(({ inputs }) => inputs === "picture");
  return offered.flatMap((one) => one.tiers.map((tier) => ({ preset: one.name, tier }) as SceneQuality));
}

export function qualityName(menu: Menu | null, { preset, tier }: SceneQuality): string {
  const known = menu?.presets.find((one) => one.name === preset);
  if (!known) return preset;
  const name = either(known.title_ko, known.title_en);
  return known.tiers.length > 1 ? `${name} ${tier}` : name;
}

/** The reverse of `preset tier`; null for nothing. */
export function qualityOf(value: string): SceneQuality | null {
  const [preset, tier] = value.split(" ");
  return preset && tier ? ({ preset, tier } as SceneQuality) : null;
}
