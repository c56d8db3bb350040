import type { z } from 'zod';
import type { PluginContext } from '#core';

/** What a signed request is known by. */
export interface SignedCall {
  /** Made of its `webhook-id` alone: the same for all attempts. */
  readonly id: string;
  /** When it was signed; milliseconds since 1970. */
  readonly signedAt: number;
}

/** What an endpoint answers. From 500 on the same request may come again, under the same id: after `retryAfter` seconds. */
export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly retryAfter?: number;
}

type Context = Pick<PluginContext, 'container' | 'log'>;

/** A request of the automation API, as it is checked, carried out and documented. */
export interface Endpoint<Request extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST';
  /** With its parameter in braces. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** Of the body; of a GET, of the parameters in its path. */
  readonly request: Request;
  /** The body of 200. */
  readonly success: z.ZodType;
  /** What else it may answer, and when. */
  readonly failures: Readonly<Record<number, string>>;
  carryOut(request: z.output<Request>, call: SignedCall, context: Context): Promise<Answer>;
}

/** Lets the endpoint's own types be checked, of which a list of endpoints knows nothing. */
export const defineEndpoint = <Request extends z.ZodType>(endpoint: Endpoint<Request>): Endpoint =>
  endpoint as unknown as Endpoint;

/** An answer that says what is wrong and what to do about it. */
export const failure = (status: number, error: string, retryAfter?: number): Answer => ({
  status,
  body: { error },
  ...(retryAfter === undefined ? {} : { retryAfter }),
});
