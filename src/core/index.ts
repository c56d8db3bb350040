// All that a plugin, and the bot's own pieces, may import of the kernel.
import './container.ts';

export { integer } from './config.ts';
export { AdmissionPrecondition, type AdmissionRequest } from './conversation/Admission.ts';
export { answer } from './conversation/answer.ts';
export type { Wording } from './conversation/ConversationPipeline.ts';
export { cleanText } from './conversation/cleanText.ts';
export type { Gathered } from './conversation/HookRunner.ts';
export type { Erased } from './conversation/Hooks.ts';
export { relativeTime } from './conversation/relativeTime.ts';
export type { Draft, Exchange, ForgetRequest, Later, Outcome, Recollection, Reply, Turn } from './conversation/Turn.ts';
export { writtenAt } from './conversation/writtenAt.ts';
export { BoundedMap } from './database/BoundedMap.ts';
export type { Database } from './database/Database.ts';
export { ErasureMoments } from './database/ErasureMoments.ts';
export { isRefusal } from './database/isOutage.ts';
export type { Mirror } from './database/Mirror.ts';
export type { RepositoryCall } from './database/resilient.ts';
export { User } from './database/User.ts';
export type { WriteOptions } from './database/WriteOptions.ts';
export { defineConfig } from './defineConfig.ts';
export { definePlugin, type PluginContext } from './definePlugin.ts';
export { notify } from './discord/notify.ts';
export { CleanupTask } from './scheduling/CleanupTask.ts';
export { type Clock, days, hours, minutes, seconds } from './time.ts';
export { DeadlineError } from './withDeadline.ts';
