/** What a person reads when a cap refuses a job or a picture, and what would still fit. It decides nothing. */

import type { Cap, CheaperChoice, SiteCaps } from "../_generated/contract.d.ts";
import { type CapName, passed } from "./caps.ts";
import { cheaperChoices, presetTitle } from "./cheaper.ts";
import { type Priced, isClipPrice } from "./prices.ts";
import { ProblemError, type Words } from "./problem.ts";
import type { Standing } from "./reservation.ts";
import { HOUR_SECONDS } from "./time.ts";

/** Why the job was not inserted. Where no cap explains it any more, the caller may simply try again. */
export function jobRefusal(state: SiteCaps, estimate: Priced, standing: Standing): ProblemError {
  if (!state.accepts_jobs) return new ProblemError("paused-by-operator");
  const needed = estimate.high_micro_won - standing.start_micro_won;
  const cap = passed(state.caps, "job", needed);
  if (cap === undefined) return new ProblemError("cap-exceeded");
  if (cap.unit !== "micro_won") {
    const slug = cap.name.includes("undone") ? "too-many-undone-jobs" : "too-many-open-jobs";
    return new ProblemError(slug, wordsOf(cap), { errors: [nameOf(cap)], headers: untilNextHour(cap) });
  }
  const isClip = isClipPrice(estimate);
  const choices = isClip ? cheaperChoices(estimate, cap.most - cap.used, standing.start_micro_won) : [];
  const words = moneyWords(cap, needed, standing.held_micro_won, isClip ? CLIP : TEXT);
  const detail = { ko: words.ko + fitting(choices).ko, en: words.en + fitting(choices).en };
  return new ProblemError("cap-exceeded", detail, { errors: [nameOf(cap)], choices });
}

export function uploadRefusal(state: SiteCaps, bytes: number): ProblemError {
  const cap = passed(state.caps, "upload", bytes);
  if (cap === undefined) return new ProblemError("too-many-uploads");
  return new ProblemError("too-many-uploads", wordsOf(cap), { errors: [nameOf(cap)], headers: untilNextHour(cap) });
}

function nameOf({ name }: Cap): { pointer: string; detail: Words } {
  return { pointer: "", detail: { ko: `한도: ${name}`, en: `cap: ${name}` } };
}

function untilNextHour({ name }: Cap): Record<string, string> {
  if (!name.endsWith("_hour")) return {};
  return { "retry-after": String(HOUR_SECONDS - (Math.floor(Date.now() / 1_000) % HOUR_SECONDS)) };
}

/** What is refused, in the midst of a sentence. */
const CLIP: Words = { ko: "이 영상은", en: "this clip" };
const TEXT: Words = { ko: "영어 설명은", en: "this text" };

function moneyWords(cap: Cap, needed: number, held: number, what: Words): Words {
  // Rounded down: rounded up, an amount that is too small could look sufficient.
  const left = Math.floor(Math.max(0, cap.most - cap.used) / 1e6).toLocaleString("en-US");
  const asked = won(needed);
  const most = won(cap.most);
  switch (cap.name) {
    case "job":
      return {
        ko: `영상 하나의 한도는 ${most}원인데, ${what.ko} 최대 ${asked}원이 들 수 있어요.`,
        en: `A clip may cost at most ${most} won; ${what.en} may take up to ${asked} won.`,
      };
    case "owner_day":
      return {
        ko: `하루 한도 ${most}원 중 ${left}원이 남았는데, ${what.ko} 최대 ${asked}원이 들 수 있어요.${reservedWords(cap, held).ko}`,
        en: `Of your ${most} won a day, ${left} won are left; ${what.en} may take up to ${asked} won.${reservedWords(cap, held).en}`,
      };
    default:
      return {
        ko: `사이트 전체의 하루 한도 ${most}원 중 ${left}원이 남았는데, ${what.ko} 최대 ${asked}원이 들 수 있어요.`,
        en: `Of the site's ${most} won a day, ${left} won are left; ${what.en} may take up to ${asked} won.`,
      };
  }
}

/** What of the day is paid, and what is only set aside until open clips end: that may come back. */
function reservedWords({ used }: Cap, held: number): Words {
  if (held <= 0) return { ko: "", en: "" };
  const [paid, aside] = [won(Math.max(0, used - held)), won(held)];
  return {
    ko: ` 실제로 쓴 금액은 ${paid}원이고, 끝나지 않은 영상에 ${aside}원을 잡아 두었어요. 영상이 끝나면 남는 만큼 돌아와요.`,
    en: ` ${paid} won are spent; ${aside} won are set aside for clips that have not ended, and what they leave comes back.`,
  };
}

/** A sentence with the choices that fit, each with the most that it may take. */
function fitting(choices: readonly CheaperChoice[]): Words {
  if (choices.length === 0) return { ko: "", en: "" };
  const each = choices.map((choice) => {
    const { tier, seconds, high_micro_won } = choice;
    const title = presetTitle(choice);
    const most = won(high_micro_won);
    return {
      ko: `${title.ko} ${tier} ${seconds}초(최대 ${most}원)`,
      en: `${title.en} ${tier} ${seconds} s (up to ${most} won)`,
    };
  });
  const ko = each.map((words) => words.ko);
  const en = each.map((words) => words.en);
  return { ko: ` 이렇게 바꾸면 만들 수 있어요: ${ko.join(", ")}.`, en: ` These still fit: ${en.join(", ")}.` };
}

const COUNTED: Partial<Record<CapName, (most: string) => Words>> = {
  owner_open_jobs: (most) => ({
    ko: `끝나지 않은 영상은 ${most}개까지 둘 수 있어요.`,
    en: `The limit for unfinished jobs is ${most}.`,
  }),
  site_open_jobs: () => ({
    ko: "지금은 사이트 전체에 밀린 영상이 많아요.",
    en: "The whole site has as many unfinished jobs as it takes.",
  }),
  owner_undone_hour: (most) => ({
    ko: `시작 전에 취소했거나 실패한 영상은 한 시간에 ${most}개까지 괜찮아요.`,
    en: `The limit for jobs canceled before they began, or failed, is ${most} in an hour.`,
  }),
  owner_undone_day: (most) => ({
    ko: `시작 전에 취소했거나 실패한 영상은 하루에 ${most}개까지 괜찮아요.`,
    en: `The limit for jobs canceled before they began, or failed, is ${most} in a day.`,
  }),
  owner_uploads_hour: (most) => ({
    ko: `이미지는 한 시간에 ${most}개까지 올릴 수 있어요.`,
    en: `The limit for pictures is ${most} in an hour.`,
  }),
  owner_upload_bytes_hour: (most) => ({
    ko: `이미지는 한 시간에 모두 ${most}까지 올릴 수 있어요.`,
    en: `The limit for pictures is ${most} in an hour.`,
  }),
  owner_uploads: (most) => ({
    ko: `이미지는 ${most}개까지 보관할 수 있어요.`,
    en: `The limit for stored pictures is ${most}.`,
  }),
  owner_upload_bytes: (most) => ({
    ko: `이미지는 모두 ${most}까지 보관할 수 있어요.`,
    en: `The limit for stored pictures is ${most}.`,
  }),
};
const SITE_IS_FULL: Words = {
  ko: "지금은 사이트 전체에 올라온 이미지가 너무 많아요.",
  en: "The whole site has as many pictures as it takes for now.",
};

function wordsOf({ name, unit, most }: Cap): Words {
  const whole = (amount: number) => Math.floor(amount).toLocaleString("en-US");
  const shown = unit === "bytes" ? `${whole(most / 1e6)} MB` : whole(most);
  return COUNTED[name]?.(shown) ?? SITE_IS_FULL;
}

/** Whole won for a message, rounded up, so that no price or cap is understated. */
function won(microWon: number): string {
  return Math.ceil(microWon / 1e6).toLocaleString("en-US");
}
