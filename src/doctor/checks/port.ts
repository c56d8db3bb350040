import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Check } from '../Check.ts';
import { broken, type Finding, ok, warning } from '../Finding.ts';
import { codeOf, reasonOf } from '../reasonOf.ts';

const otherPort = 'Set HEALTH_CHECK_PORT to another port, or to 0 for any free one.';

/** Whether the health check can listen, or does already. */
export const port: Check = {
  what: 'port',
  reads: ['HEALTH'],
  cure: otherPort,
  async run({ env, holder }, signal) {
    const { HEALTH_CHECK_HOST: host, HEALTH_CHECK_PORT: number } = env;
    if (number === 0) return [ok('port', 'the system picks a free one (HEALTH_CHECK_PORT is 0)')];
    const where = `${host.includes(':') ? `[${host}]` : host}:${number}`;
    const refusal = await listen(host, number);
    if (refusal === undefined) return [ok('port', `${where} is free`)];
    if (codeOf(refusal) === 'EADDRNOTAVAIL' || codeOf(refusal) === 'ENOTFOUND')
      return [broken('port', `${host} is no address of this machine`, 'Mend HEALTH_CHECK_HOST; 0.0.0.0 means all.')];
    if (codeOf(refusal) !== 'EADDRINUSE') return [broken('port', `${where}: ${reasonOf(refusal)}`, otherPort)];
    return [judge(where, await askHealth(host, number, signal), holder)];
  },
};

async function listen(host: string, number: number): Promise<unknown> {
  const server = createServer().listen({ host, port: number, exclusive: true });
  try {
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return error;
  } finally {
    server.close();
  }
}

function judge(where: string, database: string | undefined, holder: string | undefined): Finding {
  if (database === undefined) return broken('port', `another program listens on ${where}`, otherPort);
  const finding = `Steward itself answers on ${where} (database ${database})`;
  if (holder !== undefined) return ok('port', finding);
  return warning('port', `${finding}, but not with this DATA_DIR`, `If it is another instance: ${otherPort}`);
}

/** How Steward says that its database is; undefined when it is not Steward who answers. */
async function askHealth(host: string, number: number, signal: AbortSignal): Promise<string | undefined> {
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host);
  try {
    const answer = await fetch(`http://${reachable}:${number}/health`, { signal, redirect: 'error' });
    const { database, journal } = (await answer.json()) as { database?: unknown; journal?: unknown };
    const isSteward = typeof journal === 'object' && (database === 'connected' || database === 'degraded');
    return isSteward ? database : undefined;
  } catch {
    // Whatever it is that answers so, or not at all, it is not Steward.
    return undefined;
  }
}
