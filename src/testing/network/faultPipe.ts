import type { Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** What befalls the bytes of one direction now. */
export interface Conditions {
  readonly swallows: boolean;
  readonly latencyMs: number;
  readonly bytesPerSecond: number;
  /** Each connection, or the first that comes so far, is cut after so many bytes; its identity tells one order from the next. */
  readonly cut: Cut | undefined;
}

interface Cut {
  readonly afterBytes: number;
  readonly once: boolean;
}

/** Where a pipe learns the conditions, and whom it tells what it did. */
export interface PipeHost {
  conditions(): Conditions;
  /** Aborted when the conditions change. */
  changed(): AbortSignal;
  passed(bytes: number): void;
  /** Bytes, or (0) the end of the stream, are lost for good. */
  swallowed(bytes: number): void;
  /** The order to cut has been carried out up to its last byte. */
  due(cut: Cut): void;
}

type Arrival = { bytes: Buffer; at: number };

/** Pieces a second of a slow direction: small enough to look like a trickle. */
const PIECES_PER_SECOND = 20;

/** Carries one direction of one proxied connection to its end, through whatever the conditions are at each byte. */
export async function carry(from: Socket, to: Socket, host: PipeHost): Promise<void> {
  let order: Cut | undefined;
  let passed = 0;

  // How much of the bytes may still pass before the connection is cut; an order counts from when it was given.
  const allowed = (length: number): number => {
    const { cut } = host.conditions();
    if (cut !== order) [order, passed] = [cut, 0];
    return cut ? Math.min(length, cut.afterBytes - passed) : length;
  };

  for await (const { bytes, at } of arrivals(from)) {
    await until(() => at + host.conditions().latencyMs, host);
    for (let rest = bytes; rest.length > 0; ) {
      const { swallows, bytesPerSecond } = host.conditions();
      if (swallows) {
        host.swallowed(rest.length);
        break;
      }
      const length = allowed(Math.min(rest.length, Math.ceil(bytesPerSecond / PIECES_PER_SECOND)));
      const hasPassed = await written(to, rest.subarray(0, length));
      if (!hasPassed) return;
      passed += length;
      host.passed(length);
      rest = rest.subarray(length);
      const { cut } = host.conditions();
      if (cut !== undefined && cut === order && passed >= cut.afterBytes) {
        host.due(cut);
        return;
      }
      const wroteAt = performance.now();
      await until(() => wroteAt + (length / host.conditions().bytesPerSecond) * 1_000, host);
    }
  }
  if (host.conditions().swallows) host.swallowed(0);
  else to.end();
}

/** The bytes with the time they came, so that a latency delays each without making them queue for one another. */
function arrivals(from: Socket): AsyncIterable<Arrival> {
  const stamped = new Transform({
    readableObjectMode: true,
    readableHighWaterMark: 1_024,
    transform: (bytes: Buffer, _encoding, done) => done(null, { bytes, at: performance.now() }),
  });
  // A connection that breaks has no end: the proxy deals with it, and nothing more is carried.
  from.once('close', () => from.readableEnded || stamped.destroy());
  return readAll(from.pipe(stamped));
}

async function* readAll(stamped: Transform): AsyncIterable<Arrival> {
  try {
    yield* stamped;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
  }
}

/** Waits for a moment (of `performance.now()`) that moves when the conditions change. */
async function until(moment: () => number, host: PipeHost): Promise<void> {
  for (;;) {
    const left = moment() - performance.now();
    if (!(left > 0)) return;
    const changed = host.changed();
    try {
      await delay(left, undefined, { signal: changed, ref: false });
    } catch (error) {
      if (!changed.aborted) throw error;
    }
  }
}

/** False when the socket has been closed. */
function written(to: Socket, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve) => to.write(bytes, (error) => resolve(!error)));
}
