import { limitHeap } from './limitHeap.ts';

limitHeap();
await import('./run.ts');
