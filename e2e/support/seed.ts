import { env } from 'node:process';

/** The seed of this test run: VITE_SEED where it is set, else a new one. Put it in messages, so that a failure can be run again. */
export const seed = (env.VITE_SEED ? Number(env.VITE_SEED) : Math.floor(Math.random() * 2 ** 32)) >>> 0;

/** Whether the long form of tests was asked for. */
export const isSoak = env.VITE_SOAK === '1';
