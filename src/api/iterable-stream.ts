/** A stream that can be iterated over, also where the browser's own cannot. */
export function iterable<Item>(stream: ReadableStream<Item>): ReadableStream<Item> {
  if (Symbol.asyncIterator in stream) return stream;
  return Object.assign(stream as ReadableStream<Item>, {
    async *[Symbol.asyncIterator]() {
      const reader = (stream as ReadableStream<Item>).getReader();
      try {
        for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
      } finally {
        await reader.cancel();
      }
    },
  });
}
