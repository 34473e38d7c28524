/** The hidden field behind the buttons that pick pictures. */

import { html, type TemplateResult } from "lit";
import { PICTURE_TYPES } from "../state/pictures";

/** `take` gets what was picked: one file, or, with `several`, any number. */
export function pictureInput(id: string, several: boolean, take: (files: File[]) => void): TemplateResult {
  const picked = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    input.value = ""; // so that the same files may be picked again
    take(files);
  };
  return html`<input
    class="visually-hidden"
    type="file"
    id=${id}
    tabindex="-1"
    aria-hidden="true"
    accept=${PICTURE_TYPES.join(",")}
    ?multiple=${several}
    @change=${picked}
  />`;
}
