import type { Precondition } from '@sapphire/framework';
import { AdmissionPrecondition, type AdmissionRequest } from '#core';
import { suspendedUntil } from '../WarningRule.ts';

/** Lets nobody chat who has too many active warnings; commands stay. */
export class NotSuspendedPrecondition extends AdmissionPrecondition {
  constructor(context: Precondition.LoaderContext) {
    super(context, { position: 10 });
  }

  override async admit({ userId, kind }: AdmissionRequest): Precondition.AsyncResult {
    const { warningRule, warnings } = this.container;
    if (kind === 'command' || warningRule.suspendAt === 0) return this.ok();
    const active = await warnings.getActiveWarnings(userId);
    const until = suspendedUntil(active, warningRule);
    return until ? this.error({ identifier: 'Suspended', context: { active: active.length, until } }) : this.ok();
  }
}
