/** A text field as high as its text, for browsers that do not know `field-sizing` yet. */

export function fitHeight(area: HTMLTextAreaElement): void {
  area.style.blockSize = "auto";
  area.style.blockSize = `${area.scrollHeight + 2}px`;
}
