/**
 * The text of a scene's cells as values: seconds, quality, sound, seed. What no value can be made of is named, with its
 * line; nothing is dropped silently. It knows no format.
 */

import menu from "../../_generated/presets.json" with { type: "json" };
import { MAX_SEED } from "../../_generated/constants.ts";
import type { SceneFileRow, SceneQuality } from "../../_generated/contract.d.ts";
import { isId } from "../id.ts";
import type { Words } from "../problem.ts";
import type { SceneField } from "./headings.ts";
import { type LineFault, SceneFileFault } from "./scene-file-fault.ts";

/** A scene as a file has it: the texts of its fields, and its line in the file. */
export interface SceneTexts {
  at: number;
  texts: Partial<Record<SceneField, string>>;
}

export interface CellNote {
  at: number;
  /** Null: the whole line. */
  field: SceneField | null;
  words: Words;
}

/** What a scene's cells may hold, in characters. */
const MOST: Partial<Record<SceneField, number>> = {
  line: 4_000,
  line_ko: 4_000,
  subtitle: 1_000,
  title: 100,
  negative_prompt: 2_000,
  picture_name: 255,
  last_picture_name: 255,
};
const FAULTS_NAMED = 20;
/** Control characters but tab and newlines. */
const CONTROL = /(?![\t\n\r\u0080-\u009f])\p{Cc}/u;
const OFFERED = menu.presets[0]?.seconds as SceneFileRow["seconds"][];

/** Throws SceneFileFault with every cell that is too long or has control characters. */
export function rowsOf(scenes: readonly SceneTexts[]): { rows: SceneFileRow[]; notes: CellNote[] } {
  const faults = scenes.flatMap(faultsOf);
  if (faults.length > 0) throw new SceneFileFault(...faults.slice(0, FAULTS_NAMED));
  const notes: CellNote[] = [];
  const hasLines = scenes.some(({ texts }) => texts.line !== undefined || texts.line_ko !== undefined);
  const rows = scenes.map((scene) => rowOf(scene, hasLines, (note) => notes.push({ at: scene.at, ...note })));
  return { rows, notes };
}

function faultsOf({ at, texts }: SceneTexts): LineFault[] {
  const faults: LineFault[] = [];
  for (const [field, text] of Object.entries(texts) as [SceneField, string][]) {
    const most = MOST[field];
    if (most !== undefined && text.length > most) faults.push({ at, words: tooLong(text.length, most) });
    else if (CONTROL.test(text)) faults.push({ at, words: HAS_CONTROL });
  }
  return faults;
}

type Tell = (note: Omit<CellNote, "at">) => void;

function rowOf({ at, texts }: SceneTexts, hasLines: boolean, tell: Tell): SceneFileRow {
  const line = texts.line?.trim() ? texts.line : (texts.line_ko ?? texts.line ?? "");
  const value = <Value>(field: SceneField, read: (text: string) => Value | undefined): Value | null => {
    const text = texts[field]?.trim() ?? "";
    if (text === "") return null;
    const known = read(text.normalize("NFKC")); // full-width digits, as Korean keyboards write them
    if (known === undefined) tell({ field, words: notUnderstood(text) });
    return known ?? null;
  };
  return {
    at,
    number: texts.number?.trim() || null,
    title: texts.title || null,
    line: hasLines ? line : (texts.subtitle ?? ""),
    subtitle: texts.subtitle ?? "",
    seconds: offered(lengthOf(texts, value), tell),
    quality: value("quality", qualityOf),
    sound: value("sound", soundOf),
    seed: value("seed", seedOf),
    negative_prompt: texts.negative_prompt || null,
    picture_name: texts.picture_name?.trim() || null,
    last_picture_name: texts.last_picture_name?.trim() || null,
    first_upload_id: value("first_upload_id", idOf),
    last_upload_id: value("last_upload_id", idOf),
  };
}

type Value = (field: SceneField, read: (text: string) => number | undefined) => number | null;

/** The file's own length, else from its start to its end. */
function lengthOf(texts: SceneTexts["texts"], value: Value): number | null {
  const own = value("seconds", secondsOf);
  if (own !== null || texts.start === undefined || texts.end === undefined) return own;
  const [start, end] = [value("start", secondsOf), value("end", secondsOf)];
  return start === null || end === null || end <= start ? null : end - start;
}

/** The nearest length that is offered; the longer of two as near. */
function offered(seconds: number | null, tell: Tell): SceneFileRow["seconds"] {
  if (seconds === null) return null;
  const distance = (length: SceneFileRow["seconds"]): number => Math.abs((length ?? 0) - seconds);
  const nearest = OFFERED.reduce((best, length) => (distance(length) <= distance(best) ? length : best));
  if (distance(nearest) > 1) tell({ field: "seconds", words: otherLength(seconds, nearest ?? 0) });
  return nearest;
}

/** `8`, `8.5초`, `8s`, `0:08`, `00:01:02,500`. */
export function secondsOf(text: string): number | undefined {
  const clock = /^(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2}(?:[.,]\d{1,6})?)$/.exec(text);
  if (clock) return Number(clock[1] ?? 0) * 3_600 + Number(clock[2]) * 60 + Number(clock[3]?.replace(",", "."));
  const plain = /^(\d{1,6}(?:[.,]\d{1,6})?)\s*(?:초|s|sec|secs|seconds?)?$/i.exec(text);
  return plain ? Number(plain[1]?.replace(",", ".")) : undefined;
}

/** `고급`, `fast`, `aggressive_quality 1088p`: a name of a quality in either language, perhaps with its size. */
function qualityOf(text: string): SceneQuality | undefined {
  const [, name = "", size] = /^(.*?)\s*(\d{3,4}p)?$/i.exec(text.normalize("NFC")) ?? [];
  const preset = menu.presets.find((row) => [row.name, row.title_ko, row.title_en].some((word) => same(word, name)));
  if (preset === undefined) return undefined;
  const tier = size === undefined ? preset.tiers[0] : preset.tiers.find((known) => same(known, size));
  return tier === undefined ? undefined : ({ preset: preset.name, tier } as SceneQuality);
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

const ON = ["on", "true", "yes", "1", "o", "켬", "켜기", "있음", "예", "네"];
const OFF = ["off", "false", "no", "0", "x", "끔", "끄기", "없음", "아니요", "아니오"];

function soundOf(text: string): boolean | undefined {
  const word = text.normalize("NFC").toLowerCase();
  if (ON.includes(word)) return true;
  return OFF.includes(word) ? false : undefined;
}

function seedOf(text: string): number | undefined {
  const seed = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  return seed <= MAX_SEED ? seed : undefined;
}

function idOf(text: string): string | undefined {
  return isId(text) ? text : undefined;
}

const HAS_CONTROL: Words = {
  ko: "쓸 수 없는 제어 문자가 들어 있어요.",
  en: "There are control characters here, which cannot be used.",
};

function tooLong(characters: number, most: number): Words {
  return {
    ko: `글이 너무 길어요: ${characters.toLocaleString("en")}자. ${most.toLocaleString("en")}자까지 쓸 수 있어요.`,
    en: `This text is too long: ${characters.toLocaleString("en")} of at most ${most.toLocaleString("en")} characters.`,
  };
}

function notUnderstood(text: string): Words {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return { ko: `‘${shown}’는 알 수 없는 값이라 비워 뒀어요.`, en: `“${shown}” is no known value and was left empty.` };
}

function otherLength(given: number, taken: number): Words {
  const seconds = Math.round(given * 10) / 10;
  return {
    ko: `${seconds}초는 만들 수 없어서 ${taken}초로 바꿨어요.`,
    en: `A clip cannot have ${seconds} s; ${taken} s was taken.`,
  };
}
