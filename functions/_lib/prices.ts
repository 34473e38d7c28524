/** The price of a legal choice: a lookup in the table that Python computed. No arithmetic on money happens here. */

import type { Estimate, EstimateRequest, JobRequest, TextRequest } from "../_generated/contract.d.ts";
import quotes from "../_generated/quotes.json" with { type: "json" };
import { ProblemError } from "./problem.ts";

export const PRICE_REV = quotes.price_rev;
export const ESTIMATES = quotes.estimates as Estimate[];
/** Every card that can be rented: micro-won of a container's second, and of its start. */
export const CARD_PRICES = quotes.cards;

/** Of prompt help. */
export const TEXT_ESTIMATE = { ...quotes.text, basis: quotes.text.basis as Estimate["basis"] };

/** What a clip and a text have in common before they are made. */
export type Priced = Pick<
  Estimate,
  "gpu" | "larger_gpu" | "micro_won" | "high_micro_won" | "cold_start_micro_won" | "price_rev"
>;

const BY_CHOICE = new Map(ESTIMATES.map((estimate) => [keyOf(estimate), estimate]));
const CLIP_MS = new Map(ESTIMATES.map((estimate, row) => [keyOf(estimate), quotes.clip_ms[row] ?? 0]));
const NOT_OFFERED = {
  pointer: "/preset",
  detail: {
    ko: "이 사이트의 모델로는 만들 수 없는 방식이에요. 다른 방식을 골라 주세요.",
    en: "This site's models cannot make it. Choose another preset.",
  },
};
/** What a job has a card do, as its row names it. A text has a preset alone. */
export type WorkAsked = EstimateRequest | { preset: "prompt_help" };
/** Of a choice that an older release had. */
const UNKNOWN_CLIP_MS = 30_000;

/** Throws invalid-job for a preset that this site's models cannot make, or that does not come in that tier. */
export function estimateFor(choice: EstimateRequest): Estimate {
  const estimate = BY_CHOICE.get(keyOf(choice));
  if (estimate !== undefined) return estimate;
  const offered = ESTIMATES.filter((row) => row.preset === choice.preset);
  if (offered.length === 0) throw new ProblemError("invalid-job", undefined, { errors: [NOT_OFFERED] });
  const tiers = [...new Set(offered.map((row) => row.tier))].join(", ");
  throw new ProblemError("invalid-job", undefined, {
    errors: [
      { pointer: "/tier", detail: { ko: `다음 중 하나여야 해요: ${tiers}`, en: `It must be one of: ${tiers}` } },
    ],
  });
}

export function isClipPrice(price: Priced): price is Estimate {
  return "preset" in price;
}

/** The price of what is asked for. Throws as `estimateFor`. */
export function priceOf(request: JobRequest | TextRequest): Priced {
  return request.preset === "prompt_help" ? TEXT_ESTIMATE : estimateFor(request);
}

/** Whether the choice is on the menu. */
export function isPriced(choice: EstimateRequest): boolean {
  return BY_CHOICE.has(keyOf(choice));
}

/** The card for another try of a job that ran out of memory on `gpu`. `undefined` where no card is left, and for a job
 * quoted from an older table. */
export function largerGpu(choice: WorkAsked, gpu: string): string | undefined {
  const estimate: Priced | undefined = choice.preset === "prompt_help" ? TEXT_ESTIMATE : BY_CHOICE.get(keyOf(choice));
  return estimate?.gpu === gpu ? (estimate.larger_gpu ?? undefined) : undefined;
}

/** How long a card is busy with a clip of this choice, or with a text, the hand-over of the next one included. */
export function clipMs(choice: WorkAsked): number {
  if (choice.preset === "prompt_help") return quotes.text_ms;
  return CLIP_MS.get(keyOf(choice)) ?? UNKNOWN_CLIP_MS;
}

/** Micro-won of a second of a container with this card. */
export function secondPrice(gpu: string): number {
  return CARD_PRICES.find(({ card }) => card === gpu)?.micro_won_per_second ?? 0;
}

function keyOf({ preset, ratio, seconds, tier }: EstimateRequest): string {
  return `${preset} ${ratio} ${seconds} ${tier}`;
}
