import type { Faults } from '../Faults.ts';
import type { RecordedRequest } from '../RecordedRequest.ts';
import type { World } from '../World.ts';
import type { RateLimits } from './RateLimits.ts';

/** What the routes need from the simulator they belong to. */
export interface RestHost {
  readonly world: World;
  readonly faults: Faults;
  readonly limits: RateLimits;
  readonly token: string;
  readonly gatewayUrl: () => string;
  readonly record: (request: RecordedRequest) => void;
  /** Ends the delays of requests when the simulator stops. */
  readonly stopping: AbortSignal;
}
