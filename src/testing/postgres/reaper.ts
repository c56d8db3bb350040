import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { family, signalAll, untilAll } from './processes.ts';

/**
 * A process of its own that cleans up after a PostgreSQL server when the process that started it has gone, however it
 * went (even by SIGKILL): standard input names the server's pid, a line for each start, and ends with that process.
 * Usage: `node reaper.ts [DIRECTORY TO REMOVE]`
 */
let pid = 0;
for await (const line of createInterface({ input: process.stdin })) pid = Number(line);

if (pid > 0) {
  const server = await family(pid);
  if (server.some((one) => one.pid === pid)) {
    signalAll(server, 'SIGCONT');
    // Immediate shutdown: unlike SIGKILL it leaves no shared memory behind.
    signalAll([{ pid }], 'SIGQUIT');
    await untilAll(server, 'ended');
  }
}
const [, , directory] = process.argv;
if (directory) await rm(directory, { recursive: true, force: true, maxRetries: 5 });
