import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPage, root } from './pages.ts';

/** What the page says in figures, and the line of code that makes it so. */
const figures: readonly [said: string, path: string, code: string][] = [
  ['shown, changed once a second at most', 'src/core/conversation/DraftMessages.ts', 'const interval = seconds(1);'],
  ['has not changed for 15 seconds', 'src/core/conversation/DraftMessages.ts', 'const patience = seconds(15);'],
  ['A probe asks once a second', 'src/core/database/Recovery.ts', 'const interval = seconds(1);'],
  ['Its lease ends after 15 seconds at most', 'src/core/conversation/TurnTable.ts', 'length: seconds(15)'],
  ['has to be renewed every 5 seconds', 'src/core/conversation/TurnTable.ts', 'renewal: seconds(5)'],
  ['channels of the last 24 hours are read', 'src/core/conversation/CatchUp.ts', 'const activity = hours(24);'],
  ['ten requests a second at most', 'src/core/discord/DirectMessages.ts', 'const interval = seconds(1) / 10;'],
  ['messages younger than ten minutes', 'src/core/conversation/CatchUp.ts', 'const horizon = minutes(10);'],
  ['is sent again for ten minutes', 'src/core/conversation/persevere.ts', 'const patience = minutes(10);'],
  [
    'by a callback, to any instance, within 24 hours',
    'src/plugins/n8n-bridge/Callbacks.ts',
    'const validity = hours(24);',
  ],
  ['for three days the ids of their messages', 'src/core/scheduled-tasks/removeOldTurns.ts', "interval '3 days'"],
  [
    '16 MiB of conversations',
    'src/plugins/memory/repositories/MemoryConversationRepository.ts',
    'maxBytes = 16 * 2 ** 20',
  ],
  ['8 MiB of warnings', 'src/plugins/moderation/repositories/MemoryWarningRepository.ts', 'maxBytes = 8 * 2 ** 20'],
];

const text = readPage('docs/LIFECYCLE.md').text.replaceAll(/\s+/g, ' ');

describe('docs/LIFECYCLE.md', () => {
  it.each(figures)('says “%s”, as %s does', (said, path, code) => {
    expect(text).toContain(said);
    expect(readFileSync(join(root, path), 'utf8')).toContain(code);
  });
});
