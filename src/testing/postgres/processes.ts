import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

interface Process {
  pid: number;
  parent: number;
  /** As `ps` has it: T is stopped, Z has ended and waits for its parent. */
  state: string;
}

/** Lists a process and its children (PostgreSQL has no grandchildren), without those that have ended. */
export async function family(pid: number): Promise<Process[]> {
  const all = process.platform === 'linux' ? await fromProc() : await fromPs();
  return all.filter((one) => (one.pid === pid || one.parent === pid) && !one.state.startsWith('Z'));
}

/** Sends a signal to processes; those that have ended meanwhile are passed over. */
export function signalAll(processes: readonly { pid: number }[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

/** Waits until each of the processes stopped (SIGSTOP) or ended: the system announces neither for a grandchild. */
export async function untilAll(processes: readonly Process[], condition: 'stopped' | 'ended'): Promise<void> {
  const all = process.platform === 'linux' ? fromProc : fromPs;
  const pids = new Set(processes.map(({ pid }) => pid));
  const goesOn = ({ pid, state }: Process) =>
    pids.has(pid) && !/^[ZX]/.test(state) && !(condition === 'stopped' && /^T/i.test(state));
  while ((await all()).some(goesOn)) await delay(2);
}

async function fromProc(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'latin1').catch(emptyIfGone)));
  return stats.filter(Boolean).map((stat) => {
    // The second field, the name in parentheses, may itself have spaces and parentheses.
    const [state = '', parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid: Number.parseInt(stat, 10), parent: Number(parent), state };
  });
}

async function fromPs(): Promise<Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,state=']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent, state = '']) => ({ pid: Number(pid), parent: Number(parent), state }));
}

function emptyIfGone(error: unknown): string {
  if (isGone(error)) return '';
  throw error;
}

function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ESRCH' || error.code === 'ENOENT');
}
