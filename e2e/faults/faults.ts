import type { ServerResponse } from 'node:http';
import type { Random } from '../../tests/support/random';
import type { Asked, FaultyAnswer, RightAnswer } from './pack-host';

/** The ways in which a host goes wrong. */
export const FAULT_KINDS = ['drop', 'short', 'long', 'wrong', '404', '429', '500', 'trickle', 'stall'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** One chunk of a file for which answers go wrong, some times or always. */
export interface PlannedFault {
  kind: FaultKind;
  path: string;
  /** The chunk's place in the file, in bytes. */
  begin: number;
  end: number;
  times: number;
}

/** Kinds that go wrong before a byte comes, so that they meet only those who ask for the chunk itself. */
const REFUSALS = new Set<FaultKind>(['404', '429', '500']);

/** Kinds that bring all that was asked for. */
const HARMLESS = new Set<FaultKind>(['long', 'trickle']);

/** Answers as planned, as often as planned, and counts by kind. */
export function faultyAnswers(
  planned: readonly PlannedFault[],
  random: Random,
  fired: Map<FaultKind, number>,
): FaultyAnswer {
  const left = new Map(planned.map((fault) => [fault, fault.times]));
  return (asked, right, response) => {
    const fault = planned.find((one) => (left.get(one) ?? 0) > 0 && meets(one, asked, right));
    if (fault === undefined) return false;
    left.set(fault, (left.get(fault) ?? 0) - 1);
    fired.set(fault.kind, (fired.get(fault.kind) ?? 0) + 1);
    asked.wasFaulty = !HARMLESS.has(fault.kind);
    answerWrongly(fault, right, random, response);
    return true;
  };
}

function meets({ kind, path, begin, end }: PlannedFault, asked: Asked, right: RightAnswer): boolean {
  if (!asked.path.endsWith(`/${path}`)) return false;
  if (REFUSALS.has(kind)) return asked.from >= begin && asked.from < end;
  return right.begin < end && right.begin + right.body.byteLength > begin;
}

function answerWrongly(fault: PlannedFault, right: RightAnswer, random: Random, response: ServerResponse): void {
  const { body, status, headers } = right;
  // A fault that never ends lets nothing of its chunk through; another breaks off anywhere in it.
  const first = Math.max(fault.begin - right.begin, 0);
  const last = Math.min(fault.end - right.begin, body.byteLength) - 1;
  const cut = Number.isFinite(fault.times) ? random.integer(first, last) : first;
  switch (fault.kind) {
    case '404':
    case '429':
    case '500':
      response.writeHead(Number(fault.kind)).end('no');
      return;
    case 'drop':
      response.writeHead(status, headers).flushHeaders();
      response.write(body.subarray(0, cut));
      // By then the browser has what was sent.
      setTimeout(() => response.destroy(), 2);
      return;
    case 'stall':
      response.writeHead(status, headers).flushHeaders();
      response.write(body.subarray(0, cut));
      return;
    case 'short':
      response.writeHead(status, { ...headers, 'content-length': cut }).end(body.subarray(0, cut));
      return;
    case 'long': {
      const more = new Uint8Array(body.byteLength + random.integer(1, 5000));
      more.set(body);
      response.writeHead(status, { ...headers, 'content-length': more.byteLength }).end(more);
      return;
    }
    case 'wrong': {
      const wrong = body.slice();
      wrong[random.integer(first, last)] ^= random.integer(1, 255);
      response.writeHead(status, headers).end(wrong);
      return;
    }
    case 'trickle':
      response.writeHead(status, headers);
      trickle(body, response);
  }
}

function trickle(body: Uint8Array, response: ServerResponse): void {
  const step = Math.ceil(body.byteLength / 12);
  let sent = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(sent, sent + step));
    sent += step;
    if (sent < body.byteLength) return;
    clearInterval(timer);
    response.end();
  }, 5);
  response.on('close', () => {
    clearInterval(timer);
  });
}
