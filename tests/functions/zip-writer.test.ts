/** The ZIP writer: how little of a large download it holds, and that a file of another size ends it. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { crc32 } from "../../functions/_lib/scene-files/crc32.ts";
import { writeZip, type ZipEntry, zipSize } from "../../functions/_lib/scene-files/zip-writer.ts";

const TIME = new Date("2026-11-27T12:34:56Z");
const HELD_AT_MOST = 1_000_000;

/** What has been taken from all files, and what has arrived. */
class Passage {
  taken = 0;
  arrived = 0;
  held = 0;

  entry(name: string, bytes: number, really = bytes): ZipEntry {
    return { name, bytes, time: TIME, open: async () => this.#stream(really) };
  }

  #stream(bytes: number): ReadableStream<Uint8Array> {
    let left = bytes;
    return new ReadableStream({
      type: "bytes",
      pull: (controller) => {
        const view = controller.byobRequest?.view;
        if (!view) throw new Error("the writer brings its own buffer");
        const count = Math.min(left, view.byteLength);
        left -= count;
        this.taken += count;
        if (left === 0 && count === 0) controller.close();
        controller.byobRequest?.respond(count);
      },
    }) as ReadableStream<Uint8Array>;
  }

  sink(): WritableStream<Uint8Array> {
    return new WritableStream<Uint8Array>({
      write: async (chunk) => {
        this.held = Math.max(this.held, this.taken - this.arrived);
        await Promise.resolve(); // its reader is slower than the bucket
        this.arrived += chunk.byteLength;
      },
    });
  }
}

describe("a ZIP of many clips", () => {
  test("is never held: of 180 clips, less than a megabyte is under way at any moment", async () => {
    const passage = new Passage();
    const entries = Array.from({ length: 180 }, (_, index) => passage.entry(`${index}.mp4`, 500_000 + index));
    await writeZip(passage.sink(), entries);
    assert.equal(passage.arrived, zipSize(entries));
    assert(passage.held > 0 && passage.held < HELD_AT_MOST, `${passage.held} bytes`);
  });

  for (const [words, really] of [["shorter", 99], ["longer", 101]] as const) {
    test(`is cut off at a clip that is ${words} than its row says`, async () => {
      const passage = new Passage();
      let reason: unknown;
      const sink = new WritableStream<Uint8Array>({ abort: (error) => void (reason = error) });
      await assert.rejects(writeZip(sink, [passage.entry("a.mp4", 100, really)]), /a\.mp4: /);
      assert.match(String(reason), /a\.mp4: /);
    });
  }
});

describe("a checksum", () => {
  test("is the standard's, however the bytes are cut", () => {
    const bytes = new TextEncoder().encode("123456789".repeat(7));
    assert.equal(crc32(bytes.subarray(0, 9)), 0xcbf43926);
    for (let cut = 0; cut <= bytes.length; cut++) {
      assert.equal(crc32(bytes.slice(cut), crc32(bytes.slice(0, cut))), crc32(bytes), `cut at ${cut}`);
      assert.equal(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut))), crc32(bytes), `in place at ${cut}`);
    }
  });
});
