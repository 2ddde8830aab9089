import { expose } from 'comlink';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RequestError, WorkerError } from '../../../src/errors';
import type { GrammarRole, GrammarSource, Vocabulary } from '../../../src/worker/grammar-source';
import { GrammarWorker } from '../../../src/worker/grammar-worker';
import { installWire } from '../../../src/worker/wire/install';

installWire();
const vocabulary: Vocabulary = { tokens: [], vocabSize: 32, stopTokenIds: [1], dropsFirstSpace: false };
const never = new AbortController().signal;
const named = (pattern: string): GrammarSource => ({
  kind: 'regex',
  pattern,
  flags: '',
  field: 'response_format.pattern',
});

/** Allows as many tokens as have been sampled, and says what it was asked; `patterns` of some names fail. */
class FakeRole implements GrammarRole {
  readonly #known = new Map<number, string>();
  readonly asked: string[] = [];

  constructor(private readonly readFailure?: Error) {}

  read(): Promise<void> {
    this.asked.push('read');
    return this.readFailure === undefined ? Promise.resolve() : Promise.reject(this.readFailure);
  }

  compile(id: number, source: GrammarSource): Promise<void> {
    const pattern = source.kind === 'regex' ? source.pattern : '';
    this.asked.push(`compile ${pattern}`);
    if (pattern === 'wrong') return Promise.reject(new RequestError('is wrong', { field: source.field }));
    if (pattern === 'abort') return Promise.reject(new Error('Aborted()'));
    if (pattern === 'hang') return new Promise(() => undefined);
    this.#known.set(id, pattern);
    return Promise.resolve();
  }

  mask(id: number, sampled: readonly number[]): Promise<Uint32Array<ArrayBuffer> | undefined> {
    if (!this.#known.has(id)) return Promise.resolve(undefined);
    this.asked.push(`mask ${this.#known.get(id) ?? ''} ${sampled.join()}`);
    return Promise.resolve(Uint32Array.of(sampled.length));
  }
}

const roles: FakeRole[] = [];
const ports: MessagePort[] = [];
let terminated = 0;

/** Starts the next worker: a port of this thread. */
function start(role = new FakeRole()): Worker {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  roles.push(role);
  expose(role, port1);
  port2.start();
  const terminate = () => {
    terminated++;
  };
  return Object.assign(port2, { terminate }) as unknown as Worker;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  terminated = 0;
});
afterEach(() => {
  vi.useRealTimers();
  for (const port of ports.splice(0)) port.close();
  roles.length = 0;
});

/** Lets messages arrive. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('the worker of the grammar engine', () => {
  it('is started with the first grammar, and asked for the mask after all that was sampled', async () => {
    const worker = new GrammarWorker('', vocabulary, start);
    expect(roles).toHaveLength(0);
    const allowed = await worker.begin(named('a'), never);
    expect(await allowed([])).toEqual(Uint32Array.of(0));
    expect(await allowed([5, 6])).toEqual(Uint32Array.of(2));
    expect(roles.map(({ asked }) => asked)).toEqual([['read', 'compile a', 'mask a ', 'mask a ', 'mask a 5,6']]);
  });

  it('refuses what is wrong by its name, and serves the next', async () => {
    const worker = new GrammarWorker('', vocabulary, start);
    await expect(worker.begin(named('wrong'), never)).rejects.toThrow('response_format.pattern: is wrong');
    await worker.begin(named('a'), never);
    expect(terminated).toBe(0);
  });

  it('is ended where its engine fails, and another goes on with the answers that were under way', async () => {
    const worker = new GrammarWorker('', vocabulary, start);
    const allowed = await worker.begin(named('a'), never);
    const failure = worker.begin(named('abort'), never);
    await expect(failure).rejects.toThrow(RequestError);
    await expect(failure).rejects.toThrow('response_format.pattern: is too much for the grammar engine');
    expect(terminated).toBe(1);
    expect(await allowed([5, 6, 7])).toEqual(Uint32Array.of(3));
    expect(roles[1].asked).toEqual(['read', 'compile a', 'mask a 5,6,7']);
  });

  it('is ended where it takes too long', async () => {
    const worker = new GrammarWorker('', vocabulary, start);
    const allowed = await worker.begin(named('a'), never);
    const hanging = worker.begin(named('hang'), never);
    const after = allowed([5]);
    const failed = expect(hanging).rejects.toThrow('response_format.pattern: took the grammar engine more than 5 s');
    await settle();
    vi.advanceTimersByTime(4900);
    await settle();
    expect(terminated).toBe(0);
    vi.advanceTimersByTime(100);
    await failed;
    expect(terminated).toBe(1);
    expect(await after).toEqual(Uint32Array.of(1));
  });

  it('lets a caller go at once who aborts', async () => {
    const worker = new GrammarWorker('', vocabulary, start);
    const stop = new AbortController();
    const hanging = worker.begin(named('hang'), stop.signal);
    await settle();
    stop.abort(new Error('enough'));
    await expect(hanging).rejects.toThrow('enough');
  });

  it('says what it needs where it cannot be started', async () => {
    const refused = new GrammarWorker('', vocabulary, () => {
      throw new DOMException('no workers here', 'SecurityError');
    });
    await expect(refused.begin(named('a'), never)).rejects.toThrow(WorkerError);
    const failures = [new Error('wasm-unsafe-eval'), undefined];
    const worker = new GrammarWorker('', vocabulary, () => start(new FakeRole(failures.shift())));
    await expect(worker.begin(named('a'), never)).rejects.toThrow(
      'wasm-unsafe-eval; docs/STRUCTURED.md says what it needs',
    );
    expect(terminated).toBe(1);
    await worker.begin(named('a'), never);
  });
});
