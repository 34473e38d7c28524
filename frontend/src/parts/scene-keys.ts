/** The keys of the table of scenes, listed. */

import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import sceneWords from "../../words/scenes.json";
import { wordsOf } from "../state/language";
import { Modal } from "./modal";

const words = wordsOf(sceneWords);

const KEYS = [
  ["↑ ↓ ← →", "key_arrows"],
  ["Enter · F2", "key_enter"],
  ["Ctrl+Enter", "key_next"],
  ["Esc", "key_escape"],
  ["Ctrl+V", "key_paste"],
  ["Space", "key_space"],
  ["Shift+Space", "key_select"],
  ["Del", "key_delete"],
  ["Ctrl+Z · Ctrl+Y", "key_undo"],
  ["Alt+↑ · Alt+↓", "key_move"],
  ["Ctrl+D", "key_duplicate"],
  ["Ctrl+Shift+Enter", "key_insert"],
  ["Ctrl+Shift+Enter", "key_split"],
  ["Backspace", "key_merge"],
  ["Ctrl+Del", "key_remove"],
  ["?", "key_help"],
] as const;

@customElement("cw-scene-keys")
export class SceneKeys extends Modal {
  protected override get heading(): string {
    return words("keys_title");
  }

  protected override content(): TemplateResult {
    return html`<dl class="keys">
      ${KEYS.map(([keys, key]) => html`<div><dt><kbd>${keys}</kbd></dt><dd>${words(key)}</dd></div>`)}
    </dl>`;
  }
}
