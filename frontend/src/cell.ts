/** A value that components watch, and the controller that redraws them. Knows nothing about what it holds. */

import { LitElement, type ReactiveController } from "lit";

export class Cell<T> {
  #value: T;
  readonly #watchers = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const watcher of [...this.#watchers]) watcher();
  }

  update(change: (value: T) => T): void {
    this.set(change(this.#value));
  }

  /** Calls `watcher` after each change; the returned function ends that. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

/** Base of the page's components. They render into the document itself, not into a shadow tree: one stylesheet styles
 * them, and labels and descriptions may point from one component into another. */
export abstract class View extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Redraws this component whenever one of `cells` changes, for as long as it is on the page. */
  protected watching(...cells: Cell<unknown>[]): void {
    let ends: (() => void)[] = [];
    const controller: ReactiveController = {
      hostConnected: () => {
        ends = cells.map((cell) => cell.watch(() => this.requestUpdate()));
      },
      hostDisconnected: () => {
        for (const end of ends) end();
        ends = [];
      },
    };
    this.addController(controller);
  }
}
