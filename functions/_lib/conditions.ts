/** The conditions of a read as RFC 9110 section 13 orders them. It knows no storage and no ranges. */

import { matches } from "./range.ts";

const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** `etag` is a strong one; `writtenAt` is the time of the last change, as on the wire. A malformed date is ignored. */
export function conditionOf(headers: Headers, etag: string, writtenAt: string): "failed" | "unchanged" | "none" {
  const written = Math.floor(Date.parse(writtenAt) / 1_000) * 1_000;
  const ifMatch = headers.get("if-match");
  if (ifMatch !== null) {
    if (!matchesStrongly(ifMatch, etag)) return "failed";
  } else {
    const unmodifiedSince = dateOf(headers.get("if-unmodified-since"));
    if (unmodifiedSince !== undefined && written > unmodifiedSince) return "failed";
  }
  const ifNoneMatch = headers.get("if-none-match");
  if (ifNoneMatch !== null) return matches(ifNoneMatch, etag) ? "unchanged" : "none";
  const modifiedSince = dateOf(headers.get("if-modified-since"));
  return modifiedSince !== undefined && written <= modifiedSince ? "unchanged" : "none";
}

function matchesStrongly(header: string, etag: string): boolean {
  return header.trim() === "*" || header.split(",").some((tag) => tag.trim() === etag);
}

function dateOf(header: string | null): number | undefined {
  if (header === null || !HTTP_DATE.test(header.trim())) return undefined;
  const time = Date.parse(header);
  return Number.isNaN(time) ? undefined : time;
}
