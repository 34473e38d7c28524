/** The base of components whose buttons ask the site for something: one press at a time, and its failure as a note. */

import { state } from "lit/decorators.js";
import { Failure } from "../api";
import { note } from "../state/notices";
import { View } from "./view";

export abstract class BusyView extends View {
  @state() protected accessor isBusy = false;

  /** Does nothing while an earlier press is on its way. */
  protected async press(act: () => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      note(`${error.problem.title}. ${error.problem.fix}`);
    } finally {
      this.isBusy = false;
    }
  }
}
