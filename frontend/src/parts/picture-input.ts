/** The hidden field behind the buttons that pick pictures. */

import { html, type TemplateResult } from "lit";
import { MEDIA_TYPES, TAKEN } from "../picture-format";

/** What the dialog offers first; the bytes of a file decide. HEIC is left out: where it is offered, an iPhone gives its
 * photos as they are, and makes JPEGs of them otherwise. */
const OFFERED = [...TAKEN, "AVIF" as const].map((format) => MEDIA_TYPES[format]).join(",");

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
    accept=${OFFERED}
    ?multiple=${several}
    @change=${picked}
  />`;
}
