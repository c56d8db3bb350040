import { describe } from 'vitest';
import { openEmbedded } from '../support/repositories.ts';
import { databaseContracts, describeContracts } from './describeContracts.ts';

describe('in the embedded database', () => describeContracts(openEmbedded, databaseContracts));
