/** The base of the page's components. It draws nothing and knows no state by name. */

import { LitElement, type ReactiveController } from "lit";
import type { Store } from "../state/store";

/** They render into the document itself, not into a shadow tree: one stylesheet styles them, and labels and descriptions
 * may point from one component into another. */
export abstract class View extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Redraws this component whenever one of `stores` changes, for as long as it is on the page. */
  protected watching(...stores: Store<unknown>[]): void {
    let ends: (() => void)[] = [];
    const controller: ReactiveController = {
      hostConnected: () => {
        ends = stores.map((store) => store.watch(() => this.requestUpdate()));
      },
      hostDisconnected: () => {
        for (const end of ends) end();
        ends = [];
      },
    };
    this.addController(controller);
  }
}
