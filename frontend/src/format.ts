/** Money, time and dates in the reader's language. Knows no job. */

import { language, t } from "./state/language";

const MICRO = 1_000_000;
const DAY_MS = 86_400_000;

/** Micro-won as won: whole won rounded half up, one decimal under one won. */
export function won(microWon: number): string {
  const value = microWon / MICRO;
  if (value > 0 && value < 1) return `₩${Math.max(0.1, Math.round(value * 10) / 10).toFixed(1)}`;
  return `₩${Math.floor(value + 0.5).toLocaleString("en-US")}`;
}

/** Seconds as "55초", or "2분 5초" from a minute on. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return t("seconds_n", { n: whole });
  return t("minutes_n", { m: Math.floor(whole / 60), s: whole % 60 });
}

/** Seconds as somebody says them beforehand: "55초", and whole minutes from a minute and a half on. */
export function roughly(seconds: number): string {
  return seconds < 90 ? duration(seconds) : t("minutes_whole", { m: Math.round(seconds / 60) });
}

/** A length of film, to a hundredth of a second. */
export function filmLength(seconds: number): string {
  return t("seconds_n", { n: Number(seconds.toFixed(2)) });
}

/** Date and time of day; in Korean always Seoul's, in English the reader's own. */
export function moment(timestamp: string): string {
  const korean = language.value === "ko";
  return new Intl.DateTimeFormat(korean ? "ko-KR" : "en", {
    dateStyle: "medium",
    timeStyle: "short",
    ...(korean ? { timeZone: "Asia/Seoul" } : {}),
  }).format(new Date(timestamp));
}

/** Whole days until `timestamp`, at least 0. */
export function daysUntil(timestamp: string): number {
  return Math.max(0, Math.ceil((Date.parse(timestamp) - Date.now()) / DAY_MS));
}

/** A number of bytes as MB. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0)} MB`;
}
