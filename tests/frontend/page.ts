/** The page's modules that the tests use, in one bundle: importing it anew is what loading the page anew is. */

export * as api from "../../frontend/src/api";
export * as draft from "../../frontend/src/draft";
export * as jobs from "../../frontend/src/jobs";
export * as menu from "../../frontend/src/menu";
export * as notices from "../../frontend/src/notices";
export * as pictures from "../../frontend/src/pictures";
export * as request from "../../frontend/src/request";
