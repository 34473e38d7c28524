/** A press is answered by the next frame: what takes a slow phone long is built behind it. */

/** Resolves once the page as it is now has been painted; at once where nobody sees it. */
export function painted(): Promise<void> {
  if (document.hidden) return Promise.resolve();
  return new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
}
