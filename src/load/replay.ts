/** Standard input for several readers: it can be read once, and is read when the first of them wants it. */
export const replayed = (
  stdin: AsyncIterable<Uint8Array | string> = process.stdin,
): AsyncIterable<Uint8Array | string> => {
  let read: Promise<readonly (Uint8Array | string)[]> | undefined;
  const all = async () => {
    const chunks: (Uint8Array | string)[] = [];
    for await (const chunk of stdin) chunks.push(chunk);
    return chunks;
  };
  return {
    async *[Symbol.asyncIterator]() {
      read ??= all();
      yield* await read;
    },
  };
};
