import { describe } from 'vitest';
import { openMemory } from '../support/repositories.ts';
import { contracts, describeContracts } from './describeContracts.ts';

describe('in memory', () => describeContracts(openMemory, contracts));
