/** Clips joined to one film, on clips that the product has made. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { BlobSource, EncodedPacketSink, Input, type InputTrack, MP4 } from "mediabunny";
import { type ClipToJoin, joinClips } from "../../frontend/src/one-film";

const SAMPLES = "frontend/public/samples";

function clip(number: number, name: string): ClipToJoin {
  return { number, open: async () => blobOf(name) };
}

function blobOf(name: string): Blob {
  return new Blob([readFileSync(`${SAMPLES}/${name}.mp4`)]);
}

async function packetsOf(track: InputTrack | null | undefined): Promise<{ at: number; bytes: string }[]> {
  assert(track);
  const packets = [];
  for await (const { timestamp, data } of new EncodedPacketSink(track).packets()) {
    packets.push({ at: timestamp, bytes: String(data) });
  }
  return packets;
}

const opened = (blob: Blob) => new Input({ formats: [MP4], source: new BlobSource(blob) });

describe("one film", () => {
  test("holds every picture of every clip, bit for bit, one after another", async () => {
    const heard: number[] = [];
    const joined = await joinClips([clip(1, "cat"), clip(2, "cat"), clip(3, "cat")], (count) => heard.push(count));
    assert.equal(joined.kind, "film");
    assert(joined.kind === "film");
    assert.deepEqual(heard, [1, 2, 3]);
    const own = opened(blobOf("cat"));
    const single = await packetsOf(await own.getPrimaryVideoTrack());
    const seconds = await (await own.getPrimaryVideoTrack())?.computeDuration();
    const film = await packetsOf(await opened(joined.film).getPrimaryVideoTrack());
    assert.deepEqual(film.map(({ bytes }) => bytes), [...single, ...single, ...single].map(({ bytes }) => bytes));
    for (const [index, { at }] of film.entries()) {
      const expected = (single[index % single.length]?.at ?? 0) + Math.floor(index / single.length) * (seconds ?? 0);
      assert(Math.abs(at - expected) < 0.001, `packet ${index} at ${at}, not ${expected}`);
    }
  });

  test("is not made of clips of two codings, and says which differ", async () => {
    const clips = [clip(1, "cat"), clip(4, "portrait"), { number: 9, open: async () => otherCoding(blobOf("cat")) }];
    assert.deepEqual(await joinClips(clips, () => undefined), { kind: "differ", numbers: [9] });
  });
});

/** As if another coder had made it: the level in what a decoder is set up with is another. */
async function otherCoding(blob: Blob): Promise<Blob> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const mark = new TextEncoder().encode("avcC");
  const at = bytes.findIndex((_, index) => mark.every((letter, offset) => bytes[index + offset] === letter));
  assert(at > 0);
  bytes[at + 7] = (bytes[at + 7] ?? 0) + 1;
  return new Blob([bytes]);
}
