/** The ZIP writer: how little of a large download it holds, and that a file of another size ends it. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { crc32 } from "../../functions/_lib/scene-files/crc32.ts";
import type { Span } from "../../functions/_lib/range.ts";
import { Zip, type ZipEntry } from "../../functions/_lib/scene-files/zip-writer.ts";

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
    const zip = new Zip(entries);
    await zip.write(passage.sink());
    assert.equal(passage.arrived, zip.bytes);
    assert(passage.held > 0 && passage.held < HELD_AT_MOST, `${passage.held} bytes`);
  });

  for (const [words, really] of [["shorter", 99], ["longer", 101]] as const) {
    test(`is cut off at a clip that is ${words} than its row says`, async () => {
      const passage = new Passage();
      let reason: unknown;
      const sink = new WritableStream<Uint8Array>({
        abort: (error) => {
          reason = error;
        },
      });
      await assert.rejects(new Zip([passage.entry("a.mp4", 100, really)]).write(sink), /a\.mp4: /);
      assert.match(String(reason), /a\.mp4: /);
    });
  }
});

/** Files in memory, and what was read of them. */
function filesOf(sizes: readonly number[]): { entries: ZipEntry[]; read: { name: string; part: Span | undefined }[] } {
  const read: { name: string; part: Span | undefined }[] = [];
  const entries = sizes.map((size, index): ZipEntry => {
    const bytes = Uint8Array.from({ length: size }, (_, at) => (at * 7 + index * 13) & 255);
    const name = `${index}_장면.mp4`;
    const open = async (part?: Span): Promise<ReadableStream<Uint8Array>> => {
      read.push({ name, part });
      const { offset, length } = part ?? { offset: 0, length: size };
      return new Blob([bytes.subarray(offset, offset + length)]).stream() as ReadableStream<Uint8Array>;
    };
    return { name, bytes: size, time: TIME, open };
  });
  return { entries, read };
}

async function written(zip: Zip, part?: Span): Promise<Uint8Array> {
  const bytes = new Uint8Array(part?.length ?? zip.bytes);
  let at = 0;
  const write = (chunk: Uint8Array): void => {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  };
  await zip.write(new WritableStream<Uint8Array>({ write }), part);
  assert.equal(at, bytes.byteLength);
  return bytes;
}

describe("a part of a ZIP", () => {
  test("has the bytes of the whole, wherever it begins and ends", async () => {
    const { entries } = filesOf([300, 0, 1, 257]);
    const whole = await written(new Zip(entries));
    for (let first = 0; first < whole.byteLength; first += 5) {
      for (const length of [1, 16, 300, whole.byteLength - first]) {
        const part = { offset: first, length: Math.min(length, whole.byteLength - first) };
        const expected = whole.subarray(first, first + part.length);
        assert.deepEqual(await written(new Zip(entries), part), expected, `${first} and ${part.length} bytes on`);
      }
    }
  });

  test("within a file reads that part alone", async () => {
    const { entries, read } = filesOf([300, 300, 300]);
    const header = 30 + new TextEncoder().encode("0_장면.mp4").byteLength;
    const inSecond = header + 300 + 16 + header;
    await written(new Zip(entries), { offset: inSecond + 100, length: 50 });
    assert.deepEqual(read, [{ name: "1_장면.mp4", part: { offset: 100, length: 50 } }]);
  });

  test("to the end reads each file as a whole once at most, and the one it begins in twice", async () => {
    const { entries, read } = filesOf([300, 300, 300]);
    const zip = new Zip(entries);
    await written(zip, { offset: 500, length: zip.bytes - 500 });
    const names = read.map(({ name }) => name).sort();
    assert.deepEqual(names, ["0_장면.mp4", "1_장면.mp4", "1_장면.mp4", "2_장면.mp4"]);
  });
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
