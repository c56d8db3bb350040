import config from '../sapphire.config.ts';
import { readEnvironment } from './core/config.ts';
import { endProcess } from './core/endProcess.ts';
import { KernelError } from './core/errors.ts';
import { examine } from './doctor/examine.ts';
import type { Finding } from './doctor/Finding.ts';
import { toSummary, toText } from './doctor/toText.ts';

const print = (text: string): boolean => process.stdout.write(`${text}\n`);

// As Node prints them, errors may show what is secret.
process.on('uncaughtException', endProcess);

try {
  const options = process.argv.slice(2);
  const isForMachines = options.includes('--json');
  if (options.some((option) => option !== '--json'))
    throw new KernelError('BadEnvironment', 'The doctor has one option, --json: npm run --silent doctor -- --json.');
  const findings: Finding[] = [];
  for await (const finding of examine(config, readEnvironment)) {
    findings.push(finding);
    if (!isForMachines) print(toText(finding));
  }
  const isBroken = findings.some(({ mark }) => mark === 'broken');
  print(isForMachines ? JSON.stringify({ ok: !isBroken, findings }, null, 2) : `\n${toSummary(findings)}`);
  // Not left to the event loop: what took too long may still be waiting.
  process.exit(isBroken ? 1 : 0);
} catch (error) {
  endProcess(error);
}
