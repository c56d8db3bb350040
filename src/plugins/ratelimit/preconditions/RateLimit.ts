import type { Precondition } from '@sapphire/framework';
import { AdmissionPrecondition, type AdmissionRequest } from '#core';

/** Lets a message pass while its author is within the limit. Moderators' commands do not count. */
export class RateLimitPrecondition extends AdmissionPrecondition {
  constructor(context: Precondition.LoaderContext) {
    super(context, { position: 20 });
  }

  override async admit({ messageId, userId, at, kind }: AdmissionRequest): Precondition.AsyncResult {
    const { rateLimits, rateLimitRule, roles } = this.container;
    if (kind === 'command' && roles.isModerator(userId)) return this.ok();
    const { max, windowMs } = rateLimitRule;
    const { allowed, resetAt } = await rateLimits.checkAndUpdateLimit(userId, max, windowMs, { key: messageId, at });
    return allowed ? this.ok() : this.error({ identifier: 'RateLimited', context: { resetAt } });
  }

  override refused({ kind }: AdmissionRequest): void {
    this.container.rateLimitRefusals.inc({ kind });
  }
}
