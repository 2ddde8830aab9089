import type { DeviceEvent } from '../../worker/device-session';
import type { LoadProgress } from '../../worker/progress';
import type { Piece } from './piece';

/** What the panel tells its worker. */
export type ChatOrder =
  /** Comes first. Both are absolute URLs: of the pack's folder, and of the file of the library's own worker. */
  | { kind: 'look'; model: string; runtime: string }
  | { kind: 'load' | 'pause' | 'resume' | 'cancel' | 'stop' | 'forget' | 'retry' }
  | { kind: 'ask'; id: number; text: string; system: string };

/** What the worker tells its panel; `id` is that of the question which is answered. */
export type ChatNews =
  /** The reader has to agree before this many bytes are fetched. 0 where all of them are there. */
  | { kind: 'found'; bytes: number }
  | ({ kind: 'loading' } & LoadProgress)
  | { kind: 'ready' }
  /** The answer so far, whole. */
  | { kind: 'said'; id: number; pieces: Piece[] }
  | { kind: 'answered'; id: number; end: AnswerEnd }
  /** `isLoaded`: the model is there nevertheless. */
  | { kind: 'failed'; words: string; detail: string; isLoaded: boolean }
  | { kind: 'device'; event: DeviceEvent['kind'] };

/** Whether an answer came to its end, was stopped by the reader, or is as long as answers may be. */
export type AnswerEnd = 'whole' | 'stopped' | 'cut';
