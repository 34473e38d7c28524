/**
 * The bytes of a text file as text: UTF-8 and UTF-16 with a byte order mark, UTF-8 without one, else code page 949, in
 * which Excel and Notepad of Korean Windows save.
 *
 * The platform's decoder knows code page 949 under the name `euc-kr`. It knows no format.
 */

import type { SceneFile } from "../../_generated/contract.d.ts";
import { SceneFileFault } from "./scene-file-fault.ts";

export interface DecodedText {
  text: string;
  encoding: SceneFile["encoding"];
}

/** Throws SceneFileFault for what is no text in any of them. */
export function decodeText(bytes: Uint8Array): DecodedText {
  if (startsWith(bytes, ZIP)) throw new SceneFileFault({ at: 1, words: SPREADSHEET });
  if (startsWith(bytes, [0xff, 0xfe])) return { text: decoded(bytes, "utf-16le"), encoding: "utf-16" };
  if (startsWith(bytes, [0xfe, 0xff])) return { text: decoded(bytes, "utf-16be"), encoding: "utf-16" };
  if (bytes.includes(0)) throw new SceneFileFault({ at: 1, words: NO_TEXT });
  if (reads(bytes, "utf-8")) return { text: decoded(bytes, "utf-8"), encoding: "utf-8" };
  if (reads(bytes, "euc-kr")) return { text: decoded(bytes, "euc-kr"), encoding: "cp949" };
  throw new SceneFileFault({ at: firstBrokenLine(bytes), words: BROKEN });
}

function startsWith(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, at) => bytes[at] === byte);
}

/** Without its byte order mark. */
function decoded(bytes: Uint8Array, encoding: string): string {
  return new TextDecoder(encoding).decode(bytes);
}

function reads(bytes: Uint8Array, encoding: string): boolean {
  try {
    new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The first line that neither encoding reads. No letter of either has the byte of a newline in it. */
function firstBrokenLine(bytes: Uint8Array): number {
  let line = 1;
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(NEWLINE, from);
    const to = end === -1 ? bytes.length : end;
    const cells = bytes.subarray(from, to);
    if (!reads(cells, "utf-8") && !reads(cells, "euc-kr")) return line;
    from = to + 1;
  }
  return 1; // each line reads, in one encoding or the other: they are mixed
}

const NEWLINE = 0x0a;
/** An Excel workbook is a ZIP. */
const ZIP = [0x50, 0x4b, 0x03, 0x04];
const SPREADSHEET = {
  ko: "엑셀 파일은 바로 읽지 못해요. 엑셀에서 ‘CSV UTF-8(쉼표로 분리)’로 저장해 주세요.",
  en: "A workbook cannot be read. Save it in Excel as “CSV UTF-8 (comma delimited)”.",
};
const NO_TEXT = {
  ko: "글이 아닌 파일이에요. TXT, CSV, SRT, JSON 파일을 골라 주세요.",
  en: "This file is not text. Choose a TXT, CSV, SRT or JSON file.",
};
const BROKEN = {
  ko: "글자가 깨져 있어요. 파일을 UTF-8로 다시 저장해 주세요.",
  en: "Characters are damaged here. Save the file as UTF-8.",
};
