/**
 * OpenAI's own client, answered by an engine.
 * @module sterna/openai
 */
import type { ChatCompletions } from '../chat-completions';
import type { Completions } from '../completions';
import { RequestError, SternaError } from '../index';
import { eventStream } from './event-stream';

/** What calls of the client reach: `createEngine` of `sterna` gives one. */
export interface CompletionEngine {
  /** What there is to know about the model. */
  readonly info: {
    /** Under which the client finds it. */
    readonly name: string;
  };
  /** Answers to conversations. */
  readonly chat: {
    /** In OpenAI's shape. */
    readonly completions: Pick<ChatCompletions, 'create'>;
  };
  /** Goes on from texts. */
  readonly completions: Pick<Completions, 'create'>;
}

type Create = (params: object) => Promise<object>;

/**
 * A `fetch` for the client of the package `openai`, answered by the engine and not by a network:
 * `new OpenAI({ fetch: openaiFetch(engine), baseURL: 'https://sterna.invalid/v1', … })`. It knows chat completions,
 * completions and models. What the engine refuses is answered as OpenAI's API answers it: with status 400, and a `param`
 * that names it; other failures have status 500, and are not tried again. An abort rejects with the signal's reason.
 */
export function openaiFetch(engine: CompletionEngine): typeof fetch {
  const model = { id: engine.info.name, object: 'model', created: 0, owned_by: 'sterna' };
  const calls = new Map<string, Create>([
    ['/chat/completions', (params) => engine.chat.completions.create(params as never)],
    ['/completions', (params) => engine.completions.create(params as never)],
    ['/models', () => Promise.resolve({ object: 'list', data: [model] })],
  ]);
  return async (input, init) => {
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    const { pathname } = new URL(request.url);
    const [path, call] = [...calls].find(([end]) => pathname.endsWith(end)) ?? [];
    if (call === undefined || request.method !== (path === '/models' ? 'GET' : 'POST')) {
      return failure(404, `Sterna has no ${request.method} ${pathname}`, 'invalid_request_error');
    }
    try {
      const params = path === '/models' ? {} : { ...((await request.json()) as object), signal };
      const answer = await call(params);
      return Symbol.asyncIterator in answer
        ? new Response(eventStream(answer as AsyncIterableIterator<object>, signal), {
            headers: { 'content-type': 'text/event-stream' },
          })
        : Response.json(answer);
    } catch (error) {
      if (signal.aborted || !(error instanceof SternaError)) throw error;
      const isRefused = error instanceof RequestError;
      return failure(
        isRefused ? 400 : 500,
        error.message,
        isRefused ? 'invalid_request_error' : error.name,
        error.field,
      );
    }
  };
}

function failure(status: number, message: string, type: string, param: string | null = null): Response {
  const headers = { 'x-should-retry': 'false' };
  return Response.json({ error: { message, type, param, code: null } }, { status, headers });
}
