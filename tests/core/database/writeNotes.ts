import { Database } from '../../../src/core/database/Database.ts';
import { User } from '../../../src/core/database/User.ts';
import { kernelEnvironment } from '../../../src/core/kernelEnvironment.ts';
import { createLog } from '../../../src/core/log/createLog.ts';
import { resilientNotes } from './notes.ts';

// node writeNotes.ts ENVIRONMENT: writes notes one after the other, and a line for each that it has kept, until it is killed.
const [, , environment = '{}'] = process.argv;
const env = kernelEnvironment.parse({ DISCORD_TOKEN: 'none', ...JSON.parse(environment) });
const log = createLog({ level: 'silent', secrets: [] });
const database = await Database.open({ env, entities: [User], settings: {}, log });
const notes = resilientNotes(database);
await database.complete();
for (let n = 0; ; n += 1) {
  await notes.write('ada', `note ${n}`);
  process.stdout.write(`note ${n}\n`);
}
