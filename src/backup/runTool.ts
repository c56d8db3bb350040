import { endProcess } from '../core/endProcess.ts';
import { KernelError } from '../core/errors.ts';

/** Runs a tool that may take long: Ctrl+C and SIGTERM abort its signal, and it ends when it has cleaned up. */
export async function runTool(work: (signal: AbortSignal) => Promise<void>): Promise<never> {
  // As Node prints them, errors may show what is secret.
  process.on('uncaughtException', endProcess);
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());
  try {
    await work(stopping.signal);
    process.exit(0);
  } catch (error) {
    const isStopped = stopping.signal.aborted && !(error instanceof KernelError);
    endProcess(isStopped ? new KernelError('BackupUnusable', 'Stopped before the end: nothing was changed.') : error);
  }
}
