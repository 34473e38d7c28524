/** Byte ranges and the two conditions beside them: what is served in part, what whole, what not at all. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { matches, parseRange, rangeStillMeant } from "../../functions/_lib/range.ts";

const SIZE = 100;
const ETAG = '"01abc.video-1.mp4.100"';

/** The bytes of a file of `size` that lie from `first` to `last`, counted out. */
function counted(first: number, last: number, size: number): number[] {
  return Array.from({ length: size }, (_, at) => at).filter((at) => at >= first && at <= last);
}

function given(header: string, size: number): number[] | string {
  const span = parseRange(header, size);
  return typeof span === "string" ? span : counted(span.offset, span.offset + span.length - 1, size);
}

describe("a range", () => {
  test("holds exactly the bytes it names, for every first, last and size", () => {
    for (let size = 1; size <= 5; size++) {
      for (let first = 0; first <= 6; first++) {
        for (let last = first; last <= 7; last++) {
          const expected = first < size ? counted(first, last, size) : "unsatisfiable";
          assert.deepEqual(given(`bytes=${first}-${last}`, size), expected, `${first}-${last} of ${size}`);
        }
        const rest = first < size ? counted(first, size, size) : "unsatisfiable";
        assert.deepEqual(given(`bytes=${first}-`, size), rest, `${first}- of ${size}`);
        const tail = first > 0 ? counted(size - first, size, size) : "unsatisfiable";
        assert.deepEqual(given(`bytes=-${first}`, size), tail, `-${first} of ${size}`);
      }
    }
  });

  test("of an empty file cannot be satisfied", () => {
    for (const header of ["bytes=0-", "bytes=0-0", "bytes=-1"]) assert.equal(parseRange(header, 0), "unsatisfiable");
  });

  test("may name numbers past every file", () => {
    assert.deepEqual(parseRange("bytes=0-99999999999999999999999", SIZE), { offset: 0, length: SIZE });
    assert.deepEqual(parseRange("bytes=-99999999999999999999999", SIZE), { offset: 0, length: SIZE });
    assert.equal(parseRange("bytes=99999999999999999999999-", SIZE), "unsatisfiable");
  });

  test("is read in any case", () => {
    assert.deepEqual(parseRange("BYTES=3-5 ", SIZE), { offset: 3, length: 3 });
  });

  const PASSED_OVER = {
    "no header": null,
    "an empty header": "",
    "another unit": "seconds=0-5",
    "no unit": "0-5",
    "several ranges": "bytes=0-5,10-15",
    "no numbers": "bytes=-",
    "blanks inside": "bytes=3 - 5",
    "a blank before": "bytes= 3-5",
    letters: "bytes=a-b",
    "a sign": "bytes=--5",
    "a fraction": "bytes=0.5-2",
    "its end before its start": "bytes=5-2",
    "its end before its start, outside": "bytes=500-200",
    "words around it": "bytes=0-5 please",
  };
  for (const [name, header] of Object.entries(PASSED_OVER)) {
    test(`with ${name} is passed over: the whole is served`, () => assert.equal(parseRange(header, SIZE), "whole"));
  }
});

describe("If-Range", () => {
  test("keeps the range where it is absent or names this very copy", () => {
    assert(rangeStillMeant(null, ETAG));
    assert(rangeStillMeant(` ${ETAG} `, ETAG));
  });

  test("drops the range for another copy, a weak tag, a date and several tags", () => {
    for (const header of ['"other"', `W/${ETAG}`, "Mon, 23 Nov 2026 03:00:00 GMT", `${ETAG}, "other"`, "*", ""]) {
      assert(!rangeStillMeant(header, ETAG), header);
    }
  });
});

describe("If-None-Match", () => {
  test("matches the same tag, weak or strong, alone or among others", () => {
    for (const header of [ETAG, `W/${ETAG}`, ` ${ETAG} `, `"a", W/${ETAG}, "b"`, "*", " * "]) {
      assert(matches(header, ETAG), header);
      assert(matches(header, `W/${ETAG}`), header);
    }
  });

  test("matches nothing else", () => {
    assert(!matches(null, ETAG));
    for (const header of ["", '"a"', '"a", "b"', ETAG.replaceAll('"', ""), `w/${ETAG}`]) {
      assert(!matches(header, ETAG), header);
    }
  });
});
