/** What a picture's first bytes say: its format and size, that more bytes are needed, or that it is none. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MarkFinder, type PictureHead, readHead } from "../../functions/_lib/picture.ts";
import { big, bytes, frame, jpeg, png, segment, WEBP, webp } from "./picture-files.ts";

function head(file: Uint8Array): PictureHead {
  const reading = readHead(file);
  if (typeof reading === "string") throw new Error(`not read: ${reading}`);
  return reading;
}

function sizeOf(file: Uint8Array): [number, number] {
  const { width, height } = head(file);
  return [width, height];
}

const APP1 = segment(0xe1, new Array<number>(300).fill(0x45));
const WHOLE = {
  png: png(640, 480),
  jpeg: jpeg(APP1, frame(640, 480)),
  "webp, extended": WEBP.extended(640, 480),
  "webp, lossless": WEBP.lossless(640, 480),
  "webp, lossy": WEBP.lossy(640, 480),
};

for (const [name, file] of Object.entries(WHOLE)) {
  describe(name, () => {
    test("tells its format and its size, width first", () => {
      assert.equal(head(file).content_type, `image/${name.split(",")[0]}`);
      assert.deepEqual(sizeOf(file), [640, 480]);
    });

    test("is waited for until its size has arrived, however it is cut", () => {
      const readings = Array.from({ length: file.length + 1 }, (_, length) => readHead(file.subarray(0, length)));
      const enough = readings.findIndex((reading) => reading !== "more");
      assert(enough > 0);
      for (const reading of readings.slice(enough)) assert.deepEqual(reading, head(file));
    });

    test("is read from the middle of a larger buffer", () => {
      const buffer = bytes([1, 2, 3], file, [4, 5, 6]);
      assert.deepEqual(head(buffer.subarray(3, 3 + file.length)), head(file));
    });
  });
}

describe("what is no picture", () => {
  const UNKNOWN = {
    "a PDF": bytes("%PDF-1.7 and more"),
    "a GIF": bytes("GIF89a", new Array<number>(20).fill(0)),
    "a sound in a RIFF": bytes("RIFF", [9, 0, 0, 0], "WAVEfmt ", new Array<number>(20).fill(0)),
    "a page": bytes("<!doctype html><p>"),
    nothing: new Uint8Array(40),
  };
  for (const [name, file] of Object.entries(UNKNOWN)) {
    test(`${name} is unknown`, () => assert.equal(readHead(file), "unknown"));
  }

  test("fewer bytes than a signature has might become one", () => {
    assert.equal(readHead(new Uint8Array(0)), "more");
    assert.equal(readHead(bytes("%PDF-1.7 ab")), "more");
  });
});

describe("a PNG", () => {
  test("must begin with its header", () => assert.equal(readHead(png(64, 64, { first: "IDAT" })), "broken"));

  test("may claim any size: what is too large is not its reader's to judge", () => {
    assert.deepEqual(sizeOf(png(0xffffffff, 1)), [0xffffffff, 1]);
  });

  test("says how it ends and how short it can be", () => {
    const { least_bytes, end_mark } = head(png(64, 64));
    assert.equal(least_bytes, 8 + 25 + 12 + 12, "signature, header, an empty picture, end");
    assert.deepEqual(end_mark, bytes("IEND", [0xae, 0x42, 0x60, 0x82]));
  });
});

describe("a JPEG", () => {
  const FRAMES = [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];
  test("tells its size in a frame of any kind", () => {
    for (const marker of FRAMES) {
      assert.deepEqual(sizeOf(jpeg(APP1, frame(1_920, 1_080, marker))), [1_920, 1_080], marker.toString(16));
    }
  });

  test("does not tell it in the tables that are numbered like frames", () => {
    for (const marker of [0xc4, 0xc8, 0xcc]) {
      assert.deepEqual(sizeOf(jpeg(frame(1, 2, marker), frame(64, 96))), [64, 96], marker.toString(16));
    }
  });

  test("may hold a small picture of itself, which is passed over", () => {
    const preview = segment(0xe1, [...jpeg(frame(16, 12))]);
    assert.deepEqual(sizeOf(jpeg(preview, frame(640, 480))), [640, 480]);
  });

  test("may fill the gaps between its segments", () => {
    assert.deepEqual(sizeOf(jpeg(APP1, bytes([0xff, 0xff, 0xff]), frame(640, 480))), [640, 480]);
  });

  const BROKEN = {
    "scans before it has told its size": jpeg(segment(0xda, [1, 2, 3])),
    "ends before it has told its size": jpeg(bytes([0xff, 0xd9, 0, 0])),
    "has bytes between its segments": jpeg(APP1, bytes([0x00, 0x01, 0x02, 0x03])),
    "has a segment that is shorter than its own length": jpeg(bytes([0xff, 0xe1, 0x00, 0x01])),
  };
  for (const [name, file] of Object.entries(BROKEN)) {
    test(`that ${name} is broken`, () => assert.equal(readHead(file), "broken"));
  }

  test("whose segment goes on past what has arrived is waited for", () => {
    assert.equal(readHead(jpeg(bytes([0xff, 0xe1], big(60_000, 2)))), "more");
  });

  test("is at least as long as what was read of it, and ends with its mark", () => {
    const { least_bytes, end_mark } = head(WHOLE.jpeg);
    assert.equal(least_bytes, 2 + APP1.length + 9);
    assert.deepEqual(end_mark, bytes([0xff, 0xd9]));
  });
});

describe("a WebP", () => {
  for (const [name, size] of [
    ["extended", 2 ** 24],
    ["lossless", 2 ** 14],
    ["lossy", 2 ** 14 - 1],
  ] as const) {
    test(`of the ${name} layout tells sizes up to its limit`, () => {
      assert.deepEqual(sizeOf(WEBP[name](size, 1)), [size, 1]);
      assert.deepEqual(sizeOf(WEBP[name](1, size)), [1, size]);
    });
  }

  test("of the lossy layout keeps its scale out of its size", () => {
    const scaled = [0, 0, 0, 0x9d, 0x01, 0x2a, 64, 0x40, 96, 0xc0];
    assert.deepEqual(sizeOf(webp("VP8 ", scaled)), [64, 96]);
  });

  test("says how long it is, so its end needs no mark", () => {
    const { least_bytes, end_mark } = head(webp("VP8X", [], { declared: 4_000_000_000 }));
    assert.deepEqual([least_bytes, end_mark], [4_000_000_008, undefined]);
  });

  const BROKEN = {
    "an unknown layout": webp("ICCP", []),
    "a lossless layout without its signature": webp("VP8L", [0x2e]),
    "a lossy layout without its start code": webp("VP8 ", [0, 0, 0, 0x9d, 0x01, 0x2b]),
  };
  for (const [name, file] of Object.entries(BROKEN)) {
    test(`of ${name} is broken`, () => assert.equal(readHead(file), "broken"));
  }
});

describe("the finder of an end mark", () => {
  const MARK = bytes("IEND");

  function found(mark: Uint8Array, ...chunks: Uint8Array[]): boolean {
    const finder = new MarkFinder(mark);
    for (const chunk of chunks) finder.push(chunk);
    return finder.found;
  }

  test("finds it wherever it lies and however the bytes are cut into three", () => {
    for (const text of ["IEND", "..IEND", "IEND..", "IEIEND.", "IENIEND", "IIEEIEND!"]) {
      const file = bytes(text);
      for (let first = 0; first <= file.length; first++) {
        for (let second = first; second <= file.length; second++) {
          const chunks = [file.subarray(0, first), file.subarray(first, second), file.subarray(second)];
          assert(found(MARK, ...chunks), `${text} cut at ${first} and ${second}`);
        }
      }
    }
  });

  test("finds it in bytes that come one by one", () => {
    assert(found(MARK, ...[...bytes("..IEIENDx")].map((one) => bytes([one]))));
  });

  test("makes none out of parts that do not follow each other", () => {
    for (const text of ["", "IEN", "END", "IEN.D", "IENIENIEN", "ENDI", "DNEI"]) {
      const file = bytes(text);
      for (let cut = 0; cut <= file.length; cut++) {
        assert(!found(MARK, file.subarray(0, cut), file.subarray(cut)), `${text} cut at ${cut}`);
      }
    }
    assert(!found(MARK, bytes("IE"), bytes("xx"), bytes("ND")));
  });

  test("keeps no hold of a chunk that its owner fills anew", () => {
    const chunk = bytes("..IE");
    const finder = new MarkFinder(MARK);
    finder.push(chunk);
    chunk.fill(0);
    finder.push(bytes("ND.."));
    assert(finder.found);
  });

  test("remembers what it has found", () => assert(found(MARK, bytes("IEND"), bytes("...."))));

  test("finds a mark of two bytes, as a JPEG's is", () => {
    assert(found(bytes([0xff, 0xd9]), bytes([1, 0xff]), bytes([]), bytes([0xd9, 1])));
    assert(!found(bytes([0xff, 0xd9]), bytes([0xd9, 0xff]), bytes([0xff])));
  });
});
