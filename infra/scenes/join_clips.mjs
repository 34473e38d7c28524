/** Joins clips to one film with the page's own joiner. Reads `{ film, clips: [{ number, path }] }` and answers in JSON; it
 * asks for nothing else. */

import { openAsBlob } from "node:fs";
import { writeFile } from "node:fs/promises";
import { joinClips } from "../../frontend/src/one-film";

let text = "";
for await (const part of process.stdin) text += part;
const { film, clips } = JSON.parse(text);
const joined = await joinClips(
  clips.map(({ number, path }) => ({ number, open: () => openAsBlob(path) })),
  () => undefined,
);
if (joined.kind === "film") await writeFile(film, joined.film.stream());
process.stdout.write(JSON.stringify(joined.kind === "film" ? { kind: "film" } : joined));
