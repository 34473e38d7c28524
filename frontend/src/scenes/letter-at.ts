/** Where in a shown text a point lies. */

interface Point {
  clientX: number;
  clientY: number;
}

/** How many letters of the text in `element` stand before the point; null where the point is beside the text, or where the
 * browser does not say. */
export function letterAt({ clientX, clientY }: Point, element: Element): number | null {
  const { node, offset } = found(clientX, clientY);
  return node instanceof Text && element.contains(node) ? offset : null;
}

/** Chromium and Firefox have the method of the standard, Safari an older one. */
function found(x: number, y: number): { node: Node | null; offset: number } {
  if ("caretPositionFromPoint" in document) {
    const position = document.caretPositionFromPoint(x, y);
    return { node: position?.offsetNode ?? null, offset: position?.offset ?? 0 };
  }
  const range = (document as Document).caretRangeFromPoint(x, y);
  return { node: range?.startContainer ?? null, offset: range?.startOffset ?? 0 };
}
