/** Money, time and dates in the reader's language. Knows no job. */

import { language, t } from "./state/language";

const MICRO = 1_000_000;
const DAY_MS = 86_400_000;
const SEOUL_MS = 9 * 3_600_000;

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

/** A day of Seoul, `2026-11-24`, with its weekday: "11월 24일 (화)"; with its year where it is another than today's. */
export function dayName(day: string): string {
  const isThisYear = day.slice(0, 4) === new Date(Date.now() + SEOUL_MS).toISOString().slice(0, 4);
  return dayFormat(language.value, isThisYear).format(new Date(`${day}T00:00:00Z`));
}

/** The time of day, as `moment` has it. */
export function clock(timestamp: string): string {
  return clockFormat(language.value).format(new Date(timestamp));
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format takes longer than using it, and a list uses it for each of its lines. */
function formatOf(spoken: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = spoken + JSON.stringify(options);
  const made = formats.get(key) ?? new Intl.DateTimeFormat(spoken === "ko" ? "ko-KR" : "en", options);
  formats.set(key, made);
  return made;
}

function dayFormat(spoken: string, isThisYear: boolean): Intl.DateTimeFormat {
  const month = spoken === "ko" ? "long" : "short";
  const year = isThisYear ? {} : { year: "numeric" as const };
  return formatOf(spoken, { ...year, month, day: "numeric", weekday: "short", timeZone: "UTC" });
}

function clockFormat(spoken: string): Intl.DateTimeFormat {
  const seoul = spoken === "ko" ? { timeZone: "Asia/Seoul" } : {};
  return formatOf(spoken, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...seoul });
}

/** Whole days until `timestamp`, at least 0. */
export function daysUntil(timestamp: string): number {
  return Math.max(0, Math.ceil((Date.parse(timestamp) - Date.now()) / DAY_MS));
}

/** A number of bytes as MB. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0)} MB`;
}

/** `2026-11` as "2026년 11월" or "November 2026". */
export function monthName(month: string): string {
  return calendar(`${month}-01`, { year: "numeric", month: "long" });
}

/** A day of the calendar, the same wherever the reader is. */
function calendar(day: string, parts: Intl.DateTimeFormatOptions): string {
  const spoken = language.value === "ko" ? "ko-KR" : "en";
  return new Intl.DateTimeFormat(spoken, { ...parts, timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));
}
