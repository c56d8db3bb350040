import { expect } from 'vitest';

/** Expects something that comes true by itself, however busy the machine is. */
export const eventually = <Value>(look: () => Value | Promise<Value>) => expect.poll(look, { timeout: 20_000 });
