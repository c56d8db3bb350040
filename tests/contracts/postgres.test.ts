import { describe, inject } from 'vitest';
import { openPostgres } from '../support/repositories.ts';
import { databaseContracts, describeContracts } from './describeContracts.ts';

describe.skipIf(!inject('postgres'))('in PostgreSQL', () => describeContracts(openPostgres, databaseContracts));
