/** The modal dialogs that are open, the uppermost last. A browser shows and reads out nothing new that lies below it. */

import { Store } from "./store";

export const modals = new Store<readonly HTMLDialogElement[]>([]);

export function modalOpened(dialog: HTMLDialogElement): void {
  modals.update((all) => [...all, dialog]);
}

export function modalClosed(dialog: HTMLDialogElement): void {
  modals.update((all) => all.filter((one) => one !== dialog));
}
