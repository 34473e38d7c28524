/** Where a part of a picture lies, by percentages alone, so that no size is measured. */

import type { Crop } from "../../../functions/_generated/contract";

/** Lays a whole picture so that `part` of it fills its parent. Through the style object: a style attribute would be
 * refused by the page's content security policy. */
export function layPicture(picture: HTMLElement, part: Crop): void {
  lay(picture, { left: -part.left / part.width, top: -part.top / part.height, width: 1 / part.width, height: 1 / part.height });
}

/** Lays something over `part` of its parent. */
export function lay(element: HTMLElement, part: Crop): void {
  element.style.insetInlineStart = `${part.left * 100}%`;
  element.style.insetBlockStart = `${part.top * 100}%`;
  element.style.inlineSize = `${part.width * 100}%`;
  element.style.blockSize = `${part.height * 100}%`;
}
