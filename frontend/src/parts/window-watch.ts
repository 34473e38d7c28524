/** Tells a long list that the window has moved over it, at most once a frame, and that its own size has changed. What is
 * near the window is reckoned in `shelf-window.ts`. It does not know what the list draws. */

import type { ReactiveController } from "lit";
import type { View } from "./view";

export class WindowWatch implements ReactiveController {
  private frame = 0;
  private readonly resizing: ResizeObserver;

  constructor(
    private readonly list: View,
    private readonly moved: () => void,
    resized: () => void,
  ) {
    this.resizing = new ResizeObserver(resized);
    list.addController(this);
  }

  hostConnected(): void {
    addEventListener("scroll", this.scrolled, { passive: true });
    this.resizing.observe(this.list);
  }

  hostDisconnected(): void {
    removeEventListener("scroll", this.scrolled);
    this.resizing.disconnect();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  private readonly scrolled = (): void => {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.moved();
    });
  };
}
