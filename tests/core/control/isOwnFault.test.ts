import { UserError } from '@sapphire/framework';
import { describe, expect, it } from 'vitest';
import { DeadlineError, OutsideError, UnavailableError } from '#core';
import { isOwnFault } from '../../../src/core/control/isOwnFault.ts';
import { DatabaseClosedError } from '../../../src/core/database/DatabaseClosedError.ts';
import { WorkflowError } from '../../../src/plugins/n8n-bridge/WorkflowError.ts';

const coded = (code: string) => Object.assign(new Error('…'), { code });

describe('a failure', () => {
  it.each([
    ['a refusal', new UserError({ identifier: 'No' })],
    ['a database that is away', new UnavailableError('away')],
    ['a database that is closed', new DatabaseClosedError()],
    ['a workflow that is away', new WorkflowError('unreachable')],
    ['anything else outside', new OutsideError('away')],
    ['something that was waited for in vain', new DeadlineError('late')],
    ['a connection that is refused', coded('ECONNREFUSED')],
    ['a server that shuts down', coded('57P01')],
    ['a table that is missing', coded('42P01')],
    ['a fetch that failed', new TypeError('fetch failed', { cause: coded('UND_ERR_CONNECT_TIMEOUT') })],
    ['a signal that timed out', AbortSignal.abort(new DOMException('late', 'TimeoutError')).reason],
    ['what was caused by one of them', new Error('no', { cause: new Error('no', { cause: coded('ENOTFOUND') }) })],
  ])('by %s does not speak against the plugin', (_what, error) => {
    expect(isOwnFault(error)).toBe(false);
  });

  it.each([
    ['a bug', new TypeError('undefined is not a function')],
    ['bad data', coded('22P02')],
    ['a wrong call of Node', coded('ERR_INVALID_ARG_TYPE')],
    ['something that is no error', 'oops'],
    ['anything else', new Error('oops')],
  ])('by %s does', (_what, error) => {
    expect(isOwnFault(error)).toBe(true);
  });

  it('that names itself as its cause does, and ends the search', () => {
    const error = new Error('oops');
    error.cause = new Error('because', { cause: error });
    expect(isOwnFault(error)).toBe(true);
  });
});
