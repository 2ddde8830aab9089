/**
 * Chunks of an answer as server-sent events, as OpenAI's API sends them. A failure is an event too; an abort fails the
 * stream with the signal's reason, and cancelling it ends the answer.
 */
export function eventStream(
  chunks: AsyncIterableIterator<object>,
  signal: AbortSignal,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const event = (data: string) => encoder.encode(`data: ${data}\n\n`);
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const step = await chunks.next();
          controller.enqueue(event(step.done === true ? '[DONE]' : JSON.stringify(step.value)));
          if (step.done === true) controller.close();
        } catch (error) {
          if (signal.aborted || !(error instanceof Error)) throw error;
          const { name, message } = error;
          controller.enqueue(event(JSON.stringify({ error: { message, type: name, param: null, code: null } })));
          controller.close();
        }
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
