/**
 * The page behind a link: the clip, and that an AI made it. It has no script, asks nobody else for anything, and is not
 * to be found by search engines. It knows neither prompt nor owner.
 */

import type { JobRequest } from "../_generated/contract.d.ts";
import type { Language } from "./env.ts";

const WORDS = {
  ko: {
    title: "공유받은 영상",
    made: "AI가 만든 영상이에요. 파일에도 AI 제작 표시가 들어 있어요.",
    download: "내려받기",
    ended: "공유가 끝난 영상이에요",
    ask: "링크를 보낸 사람에게 새 링크를 부탁해 주세요.",
  },
  en: {
    title: "A shared clip",
    made: "An AI made this clip. The file says so too.",
    download: "Download",
    ended: "This link has ended",
    ask: "Ask whoever sent it for a new one.",
  },
} as const;

const STYLE = `
:root { color-scheme: light dark; font-family: Pretendard, "Apple SD Gothic Neo", "Malgun Gothic", system-ui, sans-serif;
  background: light-dark(#f7f7f8, #101113); color: light-dark(#17181a, #f2f2f3); }
body { margin: 0; }
main { min-height: 100dvh; display: grid; place-content: center; gap: 16px; padding: 24px 16px; box-sizing: border-box;
  justify-items: center; text-align: center; }
h1 { font-size: 1.25rem; margin: 0; }
p { margin: 0; line-height: 1.5; color: light-dark(#55585e, #b2b5bb); }
video { display: block; max-width: 100%; max-height: 72dvh; border-radius: 16px; background: #000; }
a { display: inline-block; padding: 12px 24px; border-radius: 12px; text-decoration: none; font-weight: 600;
  background: light-dark(#17181a, #f2f2f3); color: light-dark(#fff, #101113); }
:focus-visible { outline: 3px solid light-dark(#2f6fed, #8ab4ff); outline-offset: 3px; }
`;

const SHAPES = { "9:16": [9, 16], "16:9": [16, 9], "1:1": [1, 1] } as const;

/** `path` is that of the page, without a slash at its end. */
export function sharedPage(origin: string, path: string, ratio: JobRequest["ratio"], language: Language): Response {
  const words = WORDS[language];
  const [width, height] = SHAPES[ratio];
  const head = `<meta property="og:type" content="video.other"><meta property="og:title" content="Clipwright">
<meta property="og:image" content="${origin}${path}/poster">
<meta property="og:video" content="${origin}${path}/video">`;
  return page(
    200,
    language,
    words.title,
    `<h1>${words.title}</h1>
<video src="${path}/video" poster="${path}/poster" width="${width * 40}" height="${height * 40}" controls loop playsinline
  preload="metadata" aria-label="${words.title}"></video>
<p>${words.made}</p>
<a href="${path}/video?download=1" download>${words.download}</a>`,
    head,
  );
}

/** For a link that has ended or never was. */
export function endedPage(language: Language): Response {
  const { ended, ask } = WORDS[language];
  return page(404, language, ended, `<h1>${ended}</h1>\n<p>${ask}</p>`);
}

function page(status: number, language: Language, title: string, body: string, head = ""): Response {
  const nonce = crypto.randomUUID();
  const text = `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Clipwright</title><link rel="icon" href="/favicon.svg" type="image/svg+xml">${head}<style nonce="${nonce}">${STYLE}</style></head>
<body><main>${body}</main></body></html>
`;
  const policy = `default-src 'none'; media-src 'self'; img-src 'self'; style-src 'nonce-${nonce}'`;
  return new Response(text, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": `${policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      "cache-control": "private, no-store",
      "referrer-policy": "no-referrer", // the address is the key
      "x-robots-tag": "noindex, nofollow",
    },
  });
}
