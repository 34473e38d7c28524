/** `GET`: what a text would cost and take now. Changes nothing. */

import type { Handler } from "../../_lib/env.ts";
import { headOf } from "../../_lib/head.ts";
import { textOffer } from "../../_lib/texts.ts";

export const onRequestGet: Handler = async ({ env }) => Response.json(await textOffer(env.DB));

export const onRequestHead = headOf(onRequestGet);
