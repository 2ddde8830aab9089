import { LanguageModel } from '../../src/model/language-model';
import type { ChatEvent } from '../../src/worker/chat';
import { answerChat } from '../../src/worker/chat';
import { Engine } from '../../src/worker/engine';
import { MemoryStore } from '../../src/worker/memory-store';
import { openGpuDevice } from '../../src/worker/model';
import { portTo } from '../../src/worker/wire/port';
import { CallSignal } from '../../src/worker/wire/signal';
import { offerStream, readStream } from '../../src/worker/wire/stream';
import { unlessAborted } from '../../src/worker/wire/unless-aborted';
import { InThreadPrompts } from '../../tests/support/in-thread-prompts';
import { RandomWords } from '../model/random-words';
import { across } from './across';
import type { Effort } from './effort';
import { observe } from './observe';
import { type Sample, sample } from './statistics';
import type { Subject } from './subject';
import { generationOptions, randomIds } from './texts';

/** Loads are stopped at calls of these. */
const LOAD_CALLS = {
  fetch: (seen: () => void) => observe(globalThis, 'fetch', seen),
  hash: (seen: () => void) => observe(SubtleCrypto.prototype, 'digest', seen),
  upload: (seen: () => void) => observe(LanguageModel.prototype, 'write', seen),
  compile: (seen: () => void) => observe(GPUDevice.prototype, 'createComputePipelineAsync', seen),
};
type LoadStage = keyof typeof LOAD_CALLS;
const LOAD_STAGES = Object.keys(LOAD_CALLS) as LoadStage[];
const CHAT_STAGES = ['prefill', 'decode'] as const;
type ChatStage = (typeof CHAT_STAGES)[number];

/** From the abort on, in milliseconds. */
export interface AbortTimes {
  /** To the rejection, as the caller sees it. */
  rejection: Sample;
  /** To the last submit after it; 0 where there was none. */
  lastSubmit: Sample;
  /** Until the GPU has done all that was submitted. */
  idle: Sample;
}
export type AbortResult = Record<LoadStage | ChatStage, AbortTimes>;

/** What one abort took. */
type Abort = Record<keyof AbortTimes, number>;

/** Decoding is stopped within this time after the first token, in milliseconds. */
const DECODE_MILLISECONDS = 100;
const ENDLESS = 2 ** 30;
/** How long submits are looked out for, in milliseconds. */
const PATIENCE = 150;

/**
 * Stops work at random moments of each stage and sees how long it takes, from the caller's side of a border like a worker's.
 * Loading is that of the bundled pack, from the network, and stopped as `dispose` does it: a page that stops it ends the
 * whole worker, and waits for nothing. Requests are to the model at hand.
 */
export async function measureAbort(subject: Subject, effort: Effort): Promise<AbortResult> {
  const result: Partial<AbortResult> = {};
  const calls = await countCalls(subject.packUrl);
  for (const stage of LOAD_STAGES) {
    result[stage] = await repeat(effort.runs, stage, (random) =>
      abortLoad(subject.packUrl, stage, 1 + Math.floor(random * calls[stage])),
    );
  }
  const promptTokens = Math.max(...effort.prompts);
  for (const stage of CHAT_STAGES) {
    const length = stage === 'decode' ? DECODE_MILLISECONDS : await prefillMilliseconds(subject, promptTokens);
    result[stage] = await repeat(effort.runs, stage, (random, run) =>
      abortChat(subject, stage, randomIds(promptTokens, subject.config.vocabSize, run), random * length),
    );
  }
  return result as AbortResult;
}

async function repeat(
  runs: number,
  stage: string,
  abort: (random: number, run: number) => Promise<Abort>,
): Promise<AbortTimes> {
  const random = new RandomWords(1, stage);
  const aborts: Abort[] = [];
  for (let run = 0; run < runs; run++) aborts.push(await abort(random.uniform(), run + 1));
  return {
    rejection: sample(aborts.map(({ rejection }) => rejection)),
    lastSubmit: sample(aborts.map(({ lastSubmit }) => lastSubmit)),
    idle: sample(aborts.map(({ idle }) => idle)),
  };
}

/** Takes the times from `abort()` on. @throws RangeError where the work was not stopped */
async function timed(work: Promise<unknown>, abort: Promise<() => void>): Promise<Abort> {
  const queues = new Set<GPUQueue>();
  let lastSubmitAt = 0;
  const end = observe(GPUQueue.prototype, 'submit', (queue) => {
    queues.add(queue);
    lastSubmitAt = performance.now();
  });
  const rejected = work.then(
    () => {
      throw new RangeError('the work came to its end before it was stopped');
    },
    () => performance.now(),
  );
  try {
    const stop = await Promise.race([abort, rejected]);
    if (typeof stop === 'number') throw new RangeError('the work failed before it was stopped');
    const start = performance.now();
    stop();
    const rejection = (await rejected) - start;
    await Promise.all(Array.from(queues, (queue) => queue.onSubmittedWorkDone()));
    const idle = performance.now() - start;
    await new Promise((resolve) => setTimeout(resolve, PATIENCE));
    return { rejection, idle, lastSubmit: Math.max(0, lastSubmitAt - start) };
  } finally {
    end();
  }
}

/** An engine that begins to load. */
function beginLoad(url: string) {
  const tunings = { readAll: () => Promise.resolve(new Map<string, never>()), put: () => Promise.resolve() };
  const engine = across(new Engine(new MemoryStore(), tunings, openGpuDevice, new InThreadPrompts()));
  return { engine, loaded: engine.load(url, {}, portTo(undefined), portTo(undefined)) };
}

/** How often a load comes to each stage. */
async function countCalls(url: string): Promise<Record<LoadStage, number>> {
  const calls = { fetch: 0, hash: 0, upload: 0, compile: 0 };
  const ends = LOAD_STAGES.map((stage) => LOAD_CALLS[stage](() => calls[stage]++));
  const { engine, loaded } = beginLoad(url);
  await loaded;
  await engine.dispose();
  for (const end of ends) end();
  return calls;
}

async function abortLoad(url: string, stage: LoadStage, call: number): Promise<Abort> {
  let calls = 0;
  let reached: (stop: () => void) => void = () => undefined;
  const moment = new Promise<() => void>((resolve) => (reached = resolve));
  const { engine, loaded } = beginLoad(url);
  const end = LOAD_CALLS[stage](() => {
    if (++calls === call) reached(() => void engine.dispose());
  });
  try {
    return await timed(loaded, moment);
  } finally {
    end();
  }
}

/** How long a prompt takes that is not stopped. The first one is slower, as it finds the pace. */
async function prefillMilliseconds({ model, config }: Subject, tokens: number): Promise<number> {
  let elapsed = 0;
  for (const index of [-1, -2]) {
    const prompt = randomIds(tokens, config.vocabSize, index);
    const start = performance.now();
    const generation = await model.generate(prompt, generationOptions('sampled', 1, 0));
    elapsed = performance.now() - start;
    await generation.end(0);
  }
  return elapsed;
}

/** Stops a request so many milliseconds after the stage has begun. */
async function abortChat({ model }: Subject, stage: ChatStage, prompt: number[], delay: number): Promise<Abort> {
  const spell = () => ({ token: 'a', bytes: [0x61] });
  const tokenizer = { tokenBytes: () => Uint8Array.of(0x61), spell, dropsFirstSpace: false };
  const request = { prompt, options: generationOptions('sampled', ENDLESS, 1), stop: [], tokenizer };
  const chat = (signal: AbortSignal) => offerStream(answerChat({ run: (work) => work(model) }, request, signal));
  const controller = new AbortController();
  const call = new CallSignal(controller.signal);
  const stream = readStream<ChatEvent>(await across({ chat }).chat(call.signal), unlessAborted, call);
  const begun = stream.next();
  const reading = (async () => {
    await begun;
    while (!(await stream.next()).done);
  })();
  if (stage === 'decode') await begun;
  const moment = new Promise<() => void>((resolve) => {
    setTimeout(() => {
      resolve(() => {
        controller.abort();
      });
    }, delay);
  });
  return timed(reading, moment);
}
