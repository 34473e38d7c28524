/** A month's spending as a plot by day and as tables by quality, card and scene table. It asks no server. */

import { html, nothing, type TemplateResult } from "lit";
import type { MonthUsage, PresetName, ProjectSums } from "../../../functions/_generated/contract";
import usageWords from "../../words/usage.json";
import { either, wordsOf } from "../state/language";
import { presetNamed } from "../state/menu";
import { dayBars } from "./day-bars";
import { sumsTable } from "./sums-table";

const words = wordsOf(usageWords);

export function monthGroups({ days, presets, cards, projects }: MonthUsage, month: string): TemplateResult {
  const own = (name: string) => name;
  const tables = projects.map((one) => ({ ...one, name: tableTitle(one) }));
  return html`
    ${dayBars(days, month)}
    ${group("preset", presets, presetTitle)} ${group("card", cards, own)}
    ${projects.some(({ project_id }) => project_id !== null) ? group("project", tables, own) : nothing}
  `;
}

function group(by: "preset" | "card" | "project", groups: MonthUsage["days"], nameOf: (name: string) => string): TemplateResult {
  const caption = words(`by_${by}`);
  return html`<section class="settings-part">
    <h2>${caption}</h2>
    ${sumsTable({ groups, caption, column: words(`column_${by}`), nameOf })}
  </section>`;
}

function tableTitle({ project_id, title }: ProjectSums): string {
  return title ?? words(project_id === null ? "no_table" : "table_gone");
}

function presetTitle(name: string): string {
  if (name === "prompt_help") return words("prompt_help");
  const preset = presetNamed(name as PresetName);
  return preset ? either(preset.title_ko, preset.title_en) : name;
}
