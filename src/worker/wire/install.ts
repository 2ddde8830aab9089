import { transferHandlers, type TransferHandler } from 'comlink';
import { packError, unpackError, type ErrorEnvelope } from './error-envelope';
import { signalTransferHandler } from './signal';

interface Thrown {
  value: unknown;
}

/**
 * Teaches comlink, on the side that calls this, to carry abort signals and to keep the class and fields of errors.
 * Calling it again changes nothing.
 */
export function installWire(): void {
  const plain = transferHandlers.get('throw');
  if (plain === undefined || transferHandlers.has('signal')) return;
  transferHandlers.set('signal', signalTransferHandler);
  const handler: TransferHandler<Thrown, ErrorEnvelope> = {
    canHandle: (value): value is Thrown => plain.canHandle(value),
    serialize: ({ value }) => [packError(value), []],
    deserialize: (envelope) => {
      throw unpackError(envelope);
    },
  };
  transferHandlers.set('throw', handler);
}
