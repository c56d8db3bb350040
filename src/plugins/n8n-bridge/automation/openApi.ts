import { z } from 'zod';
import { callback } from './callback.ts';
import type { Endpoint } from './Endpoint.ts';
import { schemaOf } from './schemaOf.ts';

const failed = z.object({ error: z.string().meta({ description: 'What is wrong, and what to do about it.' }) });

/** What every signed request may be answered. */
const common: Readonly<Record<number, string>> = {
  400: 'The request is not in order.',
  401: 'The signature is missing, wrong, old or of the future.',
  409: 'The webhook-id was taken already; nothing was done again.',
  413: 'The body is above 64 KiB.',
  415: 'The body is not JSON in UTF-8.',
  500: 'Something failed; the log of the bot tells what.',
  503: 'Not just now. After the seconds of Retry-After the same request, under the same webhook-id, is in order.',
};
/** Those that need a body. */
const ofBodies: readonly string[] = ['413', '415'];

const signatureHeaders = {
  webhookId: [
    'webhook-id',
    'New for each request, without dots. To get the context of a person: their id, a hyphen, and something new.',
  ],
  webhookTimestamp: ['webhook-timestamp', 'Seconds since 1970, five minutes off at most.'],
  webhookSignature: [
    'webhook-signature',
    '`v1,` and the HMAC-SHA256 in base64 of `<webhook-id>.<webhook-timestamp>.<body>` (of a GET: no body) under N8N_SIGNING_SECRET, which is base64 itself.',
  ],
} as const;

const securitySchemes = {
  ...Object.fromEntries(
    Object.entries(signatureHeaders).map(([name, [header, description]]) => [
      name,
      { type: 'apiKey', in: 'header', name: header, description },
    ]),
  ),
  callbackToken: { type: 'apiKey', in: 'query', name: 'token', description: 'Part of the callbackUrl of each call.' },
};

/** Describes the requests that the bot takes from workflows: https://spec.openapis.org/oas/v3.1.1.html */
export function makeOpenApi(endpoints: readonly Endpoint[]): object {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Steward for workflows',
      version: '1',
      description:
        'Requests are signed by Standard Webhooks (https://www.standardwebhooks.com); docs/N8N.md shows how.',
    },
    paths: { ...Object.fromEntries(endpoints.map((endpoint) => [endpoint.path, pathOf(endpoint)])), ...callback },
    components: { securitySchemes, schemas: { Failure: schemaOf(failed, 'output') } },
  };
}

function pathOf({ method, path, operationId, summary, request, success, failures }: Endpoint): object {
  const isGet = method === 'GET';
  const body = { required: true, content: { 'application/json': { schema: schemaOf(request, 'input') } } };
  const reasons = Object.entries({ ...common, ...failures }).filter(([status]) => !isGet || !ofBodies.includes(status));
  const operation = {
    operationId,
    summary,
    security: [{ webhookId: [], webhookTimestamp: [], webhookSignature: [] }],
    ...(isGet ? { parameters: parametersOf(path, request) } : { requestBody: body }),
    responses: {
      200: { description: 'Done.', content: { 'application/json': { schema: schemaOf(success, 'output') } } },
      ...Object.fromEntries(reasons.map(([status, description]) => [status, { description, content: asFailure }])),
    },
  };
  return { [method.toLowerCase()]: operation };
}

const asFailure = { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } };

function parametersOf(path: string, request: z.ZodType): object[] {
  const { properties } = schemaOf(request, 'input') as { properties: Record<string, object> };
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: properties[name],
  }));
}
