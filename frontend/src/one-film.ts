/**
 * Clips one after another as one MP4, without encoding anew: their packets are copied, so it takes as long as copying and
 * loses nothing. Works only where the clips have the same size and coding; it says which have not.
 *
 * The library for it is fetched when it is first needed. It does not know where the clips come from.
 */

import type * as Bunny from "mediabunny";
import type { AudioCodec, EncodedPacket, Input, InputAudioTrack, InputVideoTrack, VideoCodec } from "mediabunny";

export interface ClipToJoin {
  /** Its scene. */
  number: number;
  open: () => Promise<Blob>;
}

export type Joined =
  | { kind: "film"; film: Blob }
  /** Numbers of the scenes whose clips have another size or coding than the first. */
  | { kind: "differ"; numbers: number[] };

/** Rejects where a clip cannot be fetched or read. `onClip` hears how many have been fetched. */
export async function joinClips(clips: readonly ClipToJoin[], onClip: (count: number) => void): Promise<Joined> {
  const bunny = await import("mediabunny");
  const inputs: Input[] = [];
  for (const clip of clips) {
    inputs.push(new bunny.Input({ formats: [bunny.MP4], source: new bunny.BlobSource(await clip.open()) }));
    onClip(inputs.length);
  }
  try {
    const codings: Coding[] = [];
    for (const input of inputs) codings.push(await codingOf(input));
    const [first] = codings;
    if (first === undefined) throw new RangeError("there is no clip to join");
    const others = clips.filter((_, index) => codings[index]?.mark !== first.mark);
    if (others.length > 0) return { kind: "differ", numbers: others.map(({ number }) => number) };
    return { kind: "film", film: await filmOf(bunny, codings, first) };
  } finally {
    for (const input of inputs) input.dispose();
  }
}

async function filmOf(bunny: typeof Bunny, codings: readonly Coding[], first: Coding): Promise<Blob> {
  const target = new bunny.BufferTarget();
  const output = new bunny.Output({ format: new bunny.Mp4OutputFormat({ fastStart: "in-memory" }), target });
  const video = new bunny.EncodedVideoPacketSource(first.picture_codec);
  output.addVideoTrack(video);
  const audio = first.sound_codec === null ? undefined : new bunny.EncodedAudioPacketSource(first.sound_codec);
  if (audio) output.addAudioTrack(audio);
  await output.start();
  let start = 0;
  for (const { picture, sound, picture_config, sound_config } of codings) {
    const end = await picture.computeDuration();
    for await (const packet of new bunny.EncodedPacketSink(picture).packets()) {
      await video.add(later(packet, start), { decoderConfig: picture_config });
    }
    if (audio && sound && sound_config) {
      for await (const packet of new bunny.EncodedPacketSink(sound).packets()) {
        if (isWithin(packet, end)) await audio.add(later(packet, start), { decoderConfig: sound_config });
      }
    }
    start += end;
  }
  await output.finalize();
  return new Blob([target.buffer ?? new ArrayBuffer(0)], { type: "video/mp4" });
}

/** A coder's first frame lies before the picture, and its last may outlast it: they would overlap the next clip. */
function isWithin({ timestamp, duration }: EncodedPacket, end: number): boolean {
  return timestamp >= 0 && timestamp + duration <= end + 1e-6;
}

function later(packet: EncodedPacket, seconds: number): EncodedPacket {
  return packet.clone({ timestamp: packet.timestamp + seconds });
}

interface Coding {
  /** The same in clips that can be joined. */
  mark: string;
  picture: InputVideoTrack;
  picture_codec: VideoCodec;
  picture_config: VideoDecoderConfig;
  sound: InputAudioTrack | null;
  sound_codec: AudioCodec | null;
  sound_config: AudioDecoderConfig | null;
}

async function codingOf(input: Input): Promise<Coding> {
  const [picture, sound] = [await input.getPrimaryVideoTrack(), await input.getPrimaryAudioTrack()];
  const [picture_codec, picture_config] = [await picture?.getCodec(), await picture?.getDecoderConfig()];
  if (!picture || !picture_codec || !picture_config) throw new TypeError("a clip cannot be read");
  const sound_config = (await sound?.getDecoderConfig()) ?? null;
  const mark = JSON.stringify([plain(picture_config), sound_config && plain(sound_config)]);
  const sound_codec = (await sound?.getCodec()) ?? null;
  return { mark, picture, picture_codec, picture_config, sound, sound_codec, sound_config };
}

/** What a decoder is set up with: codec, size or rate, and the coder's own bytes. */
function plain({ description, ...rest }: VideoDecoderConfig | AudioDecoderConfig): unknown {
  if (description === undefined) return rest;
  const bytes = ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
  return { ...rest, description: [...bytes] };
}
