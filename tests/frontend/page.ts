/** The page's modules that the tests use, in one bundle: importing it anew is what loading the page anew is. */

export * as api from "../../frontend/src/api";
export * as clock from "../../frontend/src/state/site-clock";
export * as capWords from "../../frontend/src/cap-words";
export * as cropWords from "../../frontend/src/crop-words";
export * as draft from "../../frontend/src/state/draft";
export * as feed from "../../frontend/src/state/feed";
export * as goOn from "../../frontend/src/state/go-on";
export * as identity from "../../frontend/src/state/identity";
export * as jobs from "../../frontend/src/state/jobs";
export * as language from "../../frontend/src/state/language";
export * as menu from "../../frontend/src/state/menu";
export * as motions from "../../frontend/src/motions";
export * as notices from "../../frontend/src/state/notices";
export * as orders from "../../frontend/src/state/orders";
export * as pictures from "../../frontend/src/state/pictures";
export * as pictureReading from "../../frontend/src/picture-reading";
export * as offers from "../../frontend/src/state/offers";
export * as pressKey from "../../frontend/src/state/press-key";
export * as presence from "../../frontend/src/state/presence";
export * as preferences from "../../frontend/src/state/preferences";
export * as request from "../../frontend/src/request";
export * as sampleIdeas from "../../frontend/src/state/sample-ideas";
export * as sending from "../../frontend/src/state/sending";
export * as spending from "../../frontend/src/state/spending";
export * as stages from "../../frontend/src/stages";
export * as workTally from "../../frontend/src/state/work-tally";
