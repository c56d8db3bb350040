import type { Log } from '../../src/core/log/createLog.ts';

/** What happened in a run, in order: the counterexample in words. */
export class Trace {
  readonly #began = performance.now();
  readonly lines: string[] = [];

  add(who: string, what: string): void {
    const at = Math.round(performance.now() - this.#began);
    this.lines.push(`${String(at).padStart(6)} ${who.padEnd(8)} ${what}`);
  }

  /** A log of a bot that writes here while the bot lives. */
  log(who: string, life: { readonly isDead: boolean }): Log {
    const at =
      (level: string) =>
      (context: object, message = ''): void => {
        if (life.isDead) return;
        const { err, ...rest } = context as { err?: unknown };
        const cause = err instanceof Error ? ` (${err.name}: ${err.message})` : '';
        this.add(who, `${level}: ${message}${cause} ${Object.keys(rest).length > 0 ? JSON.stringify(rest) : ''}`);
      };
    const log = { error: at('ERROR'), warn: at('warn'), info: at('info'), debug: at('debug'), trace: () => undefined };
    return log as unknown as Log;
  }

  toString(): string {
    return this.lines.join('\n');
  }
}
