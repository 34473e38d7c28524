/** The list of a settings page: its rows, that there are none, or a way to try again after it could not be loaded. */

import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { t } from "../state/language";

interface SettingsList<Item> {
  /** Null until they are loaded. */
  all: readonly Item[] | null;
  hasFailed: boolean;
  load: () => Promise<unknown>;
  name: string;
  empty: string;
  row: (item: Item) => TemplateResult;
}

export function settingsList<Item extends { id: string }>(list: SettingsList<Item>): TemplateResult | typeof nothing {
  const { all, hasFailed, load, name, empty, row } = list;
  if (all === null) {
    return hasFailed
      ? html`<button type="button" class="small" @click=${() => void load()}>${t("retry")}</button>`
      : nothing;
  }
  if (all.length === 0) return html`<p class="quiet">${empty}</p>`;
  return html`<ul class="settings-list" aria-label=${name} tabindex="-1">
    ${repeat(all, ({ id }) => id, row)}
  </ul>`;
}
