/** The page's icons: 24-unit outlines that take the colour and size of the text around them. */

import { html, svg, type TemplateResult } from "lit";

const outline = (shape: TemplateResult): TemplateResult =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${shape}</svg>`;

export const icons = {
  picture: outline(svg`<rect x="3" y="4" width="18" height="16" rx="4"/><circle cx="9" cy="10" r="1.6"/>
    <path d="m4 18 5-5 3.5 3.5L16 13l4.5 4.5"/>`),
  camera: outline(svg`<path d="M4 8h3l1.5-2.5h7L17 8h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1Z"/>
    <circle cx="12" cy="13" r="3.4"/>`),
  close: outline(svg`<path d="m6 6 12 12M18 6 6 18"/>`),
  plus: outline(svg`<path d="M12 5v14M5 12h14"/>`),
  check: outline(svg`<path d="m5 12.5 4.5 4.5L19 7.5"/>`),
  download: outline(svg`<path d="M12 4v11m-4.5-4.5L12 15l4.5-4.5M5 20h14"/>`),
  again: outline(svg`<path d="M20 12a8 8 0 1 1-2.6-5.9M20 4v4.5h-4.5"/>`),
  more: outline(svg`<circle cx="5.5" cy="12" r="1"/><circle cx="12" cy="12" r="1"/><circle cx="18.5" cy="12" r="1"/>`),
  play: outline(svg`<path d="M8 5.5v13l10.5-6.5Z"/>`),
  chevron: outline(svg`<path d="m7 10 5 5 5-5"/>`),
  light: outline(svg`<circle cx="12" cy="12" r="4"/>
    <path d="M12 3v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4M18.4 5.6 17 7M7 17l-1.4 1.4"/>`),
  dark: outline(svg`<path d="M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z"/>`),
  system: outline(svg`<circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 1 0 16Z" class="filled"/>`),
  warning: outline(svg`<path d="M12 4 2.8 19.5h18.4L12 4Z"/><path d="M12 10v4.5m0 2.2v.3"/>`),
  back: outline(svg`<path d="M15 6v12l-8-6Z"/><path d="M18 6v12"/>`),
  forward: outline(svg`<path d="M9 6v12l8-6Z"/><path d="M6 6v12"/>`),
  star: outline(svg`<path d="m12 4 2.5 5.1 5.5.8-4 3.9 1 5.6-5-2.7-5 2.7 1-5.6-4-3.9 5.5-.8Z"/>`),
  bin: outline(svg`<path d="M5 7h14M9.5 7V4.5h5V7m2.5 0-.8 12.5H7.8L7 7m3.2 3.5v5.5m3.6-5.5v5.5"/>`),
  share: outline(svg`<path d="M12 15V4m-4 4 4-4 4 4M6 12v7.5h12V12"/>`),
  pencil: outline(svg`<path d="m5 19 1-4L16 5l3 3L9 18Z"/>`),
  loop: outline(svg`<path d="M5 12V9a2 2 0 0 1 2-2h11m-3-3 3 3-3 3M19 12v3a2 2 0 0 1-2 2H6m3 3-3-3 3-3"/>`),
  make: outline(svg`<rect x="3" y="5" width="18" height="14" rx="4"/><path d="M12 9v6m-3-3h6"/>`),
  scenes: outline(svg`<rect x="3" y="5" width="18" height="14" rx="3"/><path d="M3 12h18M9 5v14"/>`),
  library: outline(svg`<rect x="4" y="4" width="7" height="7" rx="2"/><rect x="13" y="4" width="7" height="7" rx="2"/>
    <rect x="4" y="13" width="7" height="7" rx="2"/><rect x="13" y="13" width="7" height="7" rx="2"/>`),
  usage: outline(svg`<path d="M4 7.5 8 17l4-9.5L16 17l4-9.5M3 11.5h18"/>`),
  settings: outline(svg`<path d="M4 8h9m5 0h2M4 16h2m5 0h9"/><circle cx="15.5" cy="8" r="2.5"/><circle cx="8.5" cy="16" r="2.5"/>`),
  operator: outline(svg`<path d="M4.5 18a9 9 0 1 1 15 0"/><path d="m12 14 3.5-4.5"/><circle cx="12" cy="14.5" r="1.4"/>`),
} as const;

export type IconName = keyof typeof icons;
