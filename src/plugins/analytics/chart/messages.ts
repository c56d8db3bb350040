import type { Chart } from './Chart.ts';

/** What the worker is sent. */
export interface Order {
  readonly id: number;
  readonly chart: Chart;
}

/** What it sends back. */
export type Drawing = { readonly id: number } & ({ readonly png: Uint8Array } | { readonly error: unknown });
