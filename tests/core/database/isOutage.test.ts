import { expect, it } from 'vitest';
import { isOutage } from '../../../src/core/database/isOutage.ts';
import { DeadlineError } from '../../../src/core/withDeadline.ts';

const withCode = (code: unknown) => Object.assign(new Error('a message'), { code });

it.each(['22001', '22021', '22P02', '22P05', '23502', '23505', '23514', '08P01'])(
  'takes SQLSTATE %s for bad data, not for an outage',
  (code) => {
    expect(isOutage(withCode(code))).toBe(false);
  },
);

it.each([TypeError, RangeError, ReferenceError])('takes a %o for a bug, not for an outage', (Bug) => {
  expect(isOutage(new Bug('a bug'))).toBe(false);
});

it.each([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT'],
  ...['08006', '25006', '28P01', '3D000', '40001', '42P01', '42501', '53300', '57P01', '57P03', 'XX000'],
  // Not SQLSTATEs, however much they begin like one.
  ...[undefined, null, 22001, 23505],
])('takes the code %s for an outage', (code) => {
  expect(isOutage(withCode(code))).toBe(true);
});

it.each([
  new Error('Connection terminated unexpectedly'),
  new Error('timeout exceeded when trying to connect'),
  new DeadlineError('No answer within 2000 ms.'),
  undefined,
  null,
  'a thrown string',
])('takes %s for an outage', (error) => {
  expect(isOutage(error)).toBe(true);
});
