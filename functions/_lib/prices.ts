/** The price of a legal choice: a lookup in the table that Python computed. No arithmetic on money happens here. */

import type { Estimate, EstimateRequest } from "../_generated/contract.d.ts";
import quotes from "../_generated/quotes.json" with { type: "json" };
import { ProblemError } from "./problem.ts";

export const PRICE_REV = quotes.price_rev;
export const ESTIMATES = quotes.estimates as Estimate[];
/** Every card that can be rented: micro-won of a container's second, and of its start. */
export const CARD_PRICES = quotes.cards;

const BY_CHOICE = new Map(ESTIMATES.map((estimate) => [keyOf(estimate), estimate]));

/** Throws invalid-job for a preset that does not come in that tier. */
export function estimateFor(choice: EstimateRequest): Estimate {
  const estimate = BY_CHOICE.get(keyOf(choice));
  if (estimate !== undefined) return estimate;
  const tiers = [...new Set(ESTIMATES.filter((row) => row.preset === choice.preset).map((row) => row.tier))].join(", ");
  throw new ProblemError("invalid-job", undefined, {
    errors: [
      { pointer: "/tier", detail: { ko: `다음 중 하나여야 해요: ${tiers}`, en: `It must be one of: ${tiers}` } },
    ],
  });
}

/** The card for another try of a job that ran out of memory on `gpu`. `undefined` where no card is left, and for a job
 * quoted from an older table. */
export function largerGpu(choice: EstimateRequest, gpu: string): string | undefined {
  const estimate = BY_CHOICE.get(keyOf(choice));
  return estimate?.gpu === gpu ? (estimate.larger_gpu ?? undefined) : undefined;
}

function keyOf({ preset, ratio, seconds, tier }: EstimateRequest): string {
  return `${preset} ${ratio} ${seconds} ${tier}`;
}
