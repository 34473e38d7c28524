/** Where pictures go that are dropped on the page or pasted: beside those that the form has. Shows nothing. */

import { changeMode, draft } from "./draft";
import { choosePicture, choosePictures, pictures, sayLeftOut, type Slot } from "./pictures";

/** In the order in which they are filled. */
const FRAMES: readonly Slot[] = ["first", "last", "middle"];

/** Adds files to what the form has in its mode: further pictures, or the frames that are free. */
export function addPictures(files: readonly File[]): void {
  if (draft.value.mode === "video") changeMode("picture");
  if (draft.value.mode === "picture") {
    choosePictures(files);
    return;
  }
  const free = FRAMES.filter((slot) => !pictures.value[slot]);
  for (const [index, slot] of free.entries()) {
    const file = files[index];
    if (file) void choosePicture(slot, file);
  }
  sayLeftOut(files.slice(free.length), FRAMES.length);
}
