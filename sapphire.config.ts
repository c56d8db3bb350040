import { defineConfig } from '#core';
import { FlushDbCommand } from './src/commands/flushdb.ts';
import { FlushMemoryCommand } from './src/commands/flushmemory.ts';
import { ForgetMeCommand } from './src/commands/forgetme.ts';
import { HelpCommand } from './src/commands/help.ts';
import { MyDataCommand } from './src/commands/mydata.ts';
import { PluginsCommand } from './src/commands/plugins.ts';
import { MessageCommandDeniedListener } from './src/listeners/messageCommandDenied.ts';
import { MessageCommandErrorListener } from './src/listeners/messageCommandError.ts';
import { MessageCommandSuccessListener } from './src/listeners/messageCommandSuccess.ts';
import { MessageCreateListener } from './src/listeners/messageCreate.ts';
import { NonPrefixedMessageListener } from './src/listeners/nonPrefixedMessage.ts';
import { PrefixedMessageListener } from './src/listeners/prefixedMessage.ts';
import { PreMessageCommandRunListener } from './src/listeners/preMessageCommandRun.ts';
import { UnknownMessageCommandListener } from './src/listeners/unknownMessageCommand.ts';
import { UnknownMessageCommandNameListener } from './src/listeners/unknownMessageCommandName.ts';
import { analytics } from './src/plugins/analytics/plugin.ts';
import { health } from './src/plugins/health/plugin.ts';
import { memory } from './src/plugins/memory/plugin.ts';
import { moderation } from './src/plugins/moderation/plugin.ts';
import { n8nBridge } from './src/plugins/n8n-bridge/plugin.ts';
import { ratelimit } from './src/plugins/ratelimit/plugin.ts';
import { AdminOnlyPrecondition } from './src/preconditions/AdminOnly.ts';
import { ModeratorOnlyPrecondition } from './src/preconditions/ModeratorOnly.ts';
import { wording } from './src/wording.ts';

/** The bot on one page: what it is made of. */
export default defineConfig({
  plugins: [memory(), ratelimit(), moderation(), analytics(), n8nBridge(), health()],
  commands: {
    flushdb: FlushDbCommand,
    flushmemory: FlushMemoryCommand,
    forgetme: ForgetMeCommand,
    help: HelpCommand,
    mydata: MyDataCommand,
    plugins: PluginsCommand,
  },
  listeners: {
    // These three take the place of Sapphire's own.
    CoreMessageCreate: MessageCreateListener,
    CorePreMessageCommandRun: PreMessageCommandRunListener,
    CoreMessageCommandError: MessageCommandErrorListener,
    prefixedMessage: PrefixedMessageListener,
    nonPrefixedMessage: NonPrefixedMessageListener,
    unknownMessageCommand: UnknownMessageCommandListener,
    unknownMessageCommandName: UnknownMessageCommandNameListener,
    messageCommandDenied: MessageCommandDeniedListener,
    messageCommandSuccess: MessageCommandSuccessListener,
  },
  preconditions: { AdminOnly: AdminOnlyPrecondition, ModeratorOnly: ModeratorOnlyPrecondition },
  wording,
});
