import { expect, it } from 'vitest';
import { DatabaseClosedError } from '../../../src/core/database/DatabaseClosedError.ts';
import { isOutage, isRefusal, isWorthAnotherTry } from '../../../src/core/database/isOutage.ts';
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

it('does not take a closed database for an outage, nor for a write that it refuses', () => {
  expect(isOutage(new DatabaseClosedError())).toBe(false);
  expect(isRefusal(new DatabaseClosedError())).toBeUndefined();
});

it.each([
  ...['40001', '40P01', '57P01', '57P02', 'ECONNRESET', 'EPIPE'].map(withCode),
  new Error('Connection terminated unexpectedly'),
  new Error('Client has encountered a connection error and is not queryable'),
])('has a call made once more that lost a race or its connection (%o)', (error) => {
  expect(isWorthAnotherTry(error)).toBe(true);
});

it.each([
  ...['ECONNREFUSED', '25006', '28P01', '3D000', '42P01', '57P03', '23505'].map(withCode),
  new Error('timeout exceeded when trying to connect'),
  new Error('Query read timeout'),
])('has no call made once more that would end as before (%o)', (error) => {
  expect(isWorthAnotherTry(error)).toBe(false);
});

it.each(['22001', '22P02', '23502', '23503', '23505', '08P01'])(
  'takes SQLSTATE %s for a write that the database will never take',
  (code) => {
    expect(isRefusal(withCode(code))).toBe('data');
  },
);

it.each(['0A000', '42P01', '42501', '42703', '44000', 'P0001'])(
  'takes SQLSTATE %s for a write that the database does not take as it is now',
  (code) => {
    expect(isRefusal(withCode(code))).toBe('statement');
  },
);

it.each([
  ...['40001', '40P01', '53100', '53300', '57P01', '25006', '3D000', 'ECONNREFUSED'].map(withCode),
  new Error('Connection terminated unexpectedly'),
  new DeadlineError('No answer within 2000 ms.'),
])('does not blame a write for %o', (error) => {
  expect(isRefusal(error)).toBeUndefined();
});
