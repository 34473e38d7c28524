/** The height of a foot that stays at the bottom of the screen: what has the focus is scrolled out from under it, and where
 * it would take most of the screen, with large letters or in a low window, it is marked to scroll with the page. */

/** The most of the window's height that a foot may take. */
const MOST_SHARE = 0.45;

/** Follows the foot's height until the function that it returns is called. */
export function watchFoot(foot: HTMLElement): () => void {
  const measure = (): void => {
    const height = foot.offsetHeight;
    const isTall = height > innerHeight * MOST_SHARE;
    foot.classList.toggle("is-tall", isTall);
    document.documentElement.style.setProperty("--foot", isTall ? "0px" : `${height}px`);
  };
  const observer = new ResizeObserver(measure);
  observer.observe(foot);
  addEventListener("resize", measure);
  return () => {
    observer.disconnect();
    removeEventListener("resize", measure);
    document.documentElement.style.setProperty("--foot", "0px");
  };
}
