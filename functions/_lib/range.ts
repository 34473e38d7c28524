/** One byte range of an object of known length, as RFC 9110 has it. It knows no storage. */

export interface Span {
  offset: number;
  length: number;
}

/**
 * The requested bytes. `"whole"` when the header is absent, malformed, in another unit, or has several ranges.
 * `"unsatisfiable"` when it lies outside. R2's own parser is not used: the simulator's differs from production's.
 */
export function parseRange(header: string | null, size: number): Span | "whole" | "unsatisfiable" {
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? "");
  if (match === null) return "whole";
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return "whole";
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "unsatisfiable" : { offset: size - length, length };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Number(last);
  if (end < start && last !== "") return "whole";
  if (start >= size) return "unsatisfiable";
  return { offset: start, length: Math.min(end, size - 1) - start + 1 };
}

/** If-Range: the range counts only when the caller's copy has this strong ETag. A weak tag or a date never matches. */
export function rangeStillMeant(ifRange: string | null, etag: string): boolean {
  return ifRange === null || ifRange.trim() === etag;
}

/** If-None-Match and its like, by weak comparison. */
export function matches(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  if (ifNoneMatch.trim() === "*") return true;
  const bare = (tag: string) => tag.trim().replace(/^W\//, "");
  return ifNoneMatch.split(",").some((tag) => bare(tag) === bare(etag));
}
