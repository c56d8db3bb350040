import { registerHooks } from 'node:module';
import { Socket } from 'node:net';

/**
 * Goes into an n8n before it starts. Its AI nodes load sqlite3, which was installed without its binary, even where the
 * database is PostgreSQL: any module that loads will do. And it ends with the process that holds its standard input.
 */
registerHooks({
  resolve: (specifier, context, next) => next(specifier === 'sqlite3' ? 'node:util' : specifier, context),
});

// n8n's own child processes, which load this too, have no such input.
const { stdin } = process;
if (stdin instanceof Socket)
  stdin
    .resume()
    // Its output leads nowhere any more, so it would never be done with ending in peace.
    .once('end', () => process.kill(process.pid, 'SIGKILL'))
    .unref();
