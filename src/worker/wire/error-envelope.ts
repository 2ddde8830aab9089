import * as errors from '../../errors';
import { SternaError } from '../../errors';

/** A thrown value as structured cloning can carry it. */
export type ErrorEnvelope =
  | { kind: 'sterna'; name: string; fields: Record<string, unknown>; stack: string | undefined; cause: Cause }
  | { kind: 'dom'; name: string; message: string }
  | { kind: 'error'; name: string; message: string; stack: string | undefined; cause: Cause }
  | { kind: 'value'; value: unknown };
type Cause = ErrorEnvelope | undefined;

type SternaErrorClass = new (reason: string, details: errors.ErrorDetails) => SternaError;

const CLASSES = new Map<string, SternaErrorClass>(Object.entries(errors));

/** A template can fail with a message of half a gigabyte, which its stack says again. */
const LONGEST_TEXT = 10_000;

/** Packs what was thrown on one side of the worker's border. */
export function packError(thrown: unknown): ErrorEnvelope {
  if (thrown instanceof SternaError) {
    const { name, stack, cause } = thrown;
    return { kind: 'sterna', name, fields: Object.fromEntries(Object.entries(thrown)), stack, cause: packCause(cause) };
  }
  if (thrown instanceof DOMException) return { kind: 'dom', name: thrown.name, message: thrown.message };
  if (thrown instanceof Error) {
    const { name, message, stack, cause } = thrown;
    const text = { message: message.slice(0, LONGEST_TEXT), stack: stack?.slice(0, LONGEST_TEXT) };
    return { kind: 'error', name, ...text, cause: packCause(cause) };
  }
  return { kind: 'value', value: thrown };
}

/** What was thrown on the other side, with its class and fields. */
export function unpackError(envelope: ErrorEnvelope): unknown {
  switch (envelope.kind) {
    case 'sterna': {
      const Class = CLASSES.get(envelope.name) ?? SternaError;
      const { reason, ...fields } = envelope.fields;
      const error = new Class(String(reason), { ...fields, ...unpackCause(envelope.cause) });
      return Object.assign(error, fields, withStack(envelope.stack));
    }
    case 'dom':
      return new DOMException(envelope.message, envelope.name);
    case 'error': {
      const error = new Error(envelope.message, unpackCause(envelope.cause));
      return Object.assign(error, { name: envelope.name }, withStack(envelope.stack));
    }
    case 'value':
      return envelope.value;
  }
}

function packCause(cause: unknown): Cause {
  return cause === undefined ? undefined : packError(cause);
}

function unpackCause(cause: Cause): { cause?: unknown } {
  return cause === undefined ? {} : { cause: unpackError(cause) };
}

function withStack(stack: string | undefined): { stack?: string } {
  return stack === undefined ? {} : { stack };
}
