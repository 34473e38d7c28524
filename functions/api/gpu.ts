/** `GET`: what the rented cards do, and how many jobs wait for them. */

import type { Handler } from "../_lib/env.ts";
import { gpuNow } from "../_lib/gpu-now.ts";
import { headOf } from "../_lib/head.ts";

export const onRequestGet: Handler = async ({ env }) => Response.json(await gpuNow(env.DB));

export const onRequestHead = headOf(onRequestGet);
