type Create = (params: never) => Promise<object>;

/**
 * A `fetch` for the client of the `openai` package that asks functions of Sterna's shape instead of a server.
 * @param verbs by the end of the address that stands for them
 */
export function openAiFetch(verbs: Record<string, Create>): typeof fetch {
  return async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    const [, create] = Object.entries(verbs).find(([path]) => pathname === `/v1/${path}`) ?? [];
    if (create === undefined || typeof init?.body !== 'string') return new Response('{}', { status: 404 });
    const answer = await create(JSON.parse(init.body) as never);
    if (!(Symbol.asyncIterator in answer)) return Response.json(answer);
    return new Response(eventStream(answer as AsyncIterable<object>), {
      headers: { 'content-type': 'text/event-stream' },
    });
  };
}

/** Chunks as a server sends them. */
function eventStream(chunks: AsyncIterable<object>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async start(controller) {
      for await (const chunk of chunks) controller.enqueue(encoder.encode(`data: ${JSON.stringify(chunk)}\n\n`));
      controller.enqueue(encoder.encode('data: [DONE]\n\n'));
      controller.close();
    },
  });
}
