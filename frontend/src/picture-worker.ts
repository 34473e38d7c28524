/** The thread that reads pictures, so that the page never stands still: one after the other, since phones have little
 * memory. `state/picture-reader.ts` asks it. */

import { type Answer, type Question, read } from "./picture-reading";

let before: Promise<void> = Promise.resolve();

self.addEventListener("message", ({ data }: MessageEvent<Question>) => {
  before = before.then(async () => {
    const answer: Answer = { id: data.id, reading: await read(data) };
    self.postMessage(answer);
  });
});
