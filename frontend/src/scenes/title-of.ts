/** A title for a table whose script is a file. */

import { MAX_TITLE } from "../../../functions/_generated/constants";

/** The file's name without its folder and its ending, composed and without control characters, as the site takes titles. */
export function titleOf(name: string): string {
  const plain = name.normalize("NFC").replace(/^.*[\\/]/, "").replace(/(?<=.)\.[^.]*$/, "").replace(/\p{Cc}/gu, "");
  return [...plain.trim()].slice(0, MAX_TITLE).join("");
}
