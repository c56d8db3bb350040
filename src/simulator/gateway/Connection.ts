import { GatewayCloseCodes, GatewayOpcodes, type GatewayReceivePayload } from 'discord.js';
import { type RawData, WebSocket } from 'ws';
import { control } from './control.ts';
import type { Session } from './Session.ts';

/** What a connection needs from the gateway it belongs to. */
export interface ConnectionHost {
  /** In milliseconds. */
  readonly heartbeatInterval: number;
  isFrozen(): boolean;
  identify(connection: Connection, data: unknown): void;
  resume(connection: Connection, data: unknown): void;
  closed(connection: Connection, code: number): void;
}

/** https://discord.com/developers/docs/events/gateway#sending-events */
const MAX_PAYLOAD_BYTES = 4096;
const MAX_HELD = 10_000;
const SILENTLY_ACCEPTED = new Set<unknown>([
  GatewayOpcodes.PresenceUpdate,
  GatewayOpcodes.VoiceStateUpdate,
  GatewayOpcodes.RequestGuildMembers,
  GatewayOpcodes.RequestSoundboardSounds,
]);

/** One WebSocket of the bot: speaks the opcodes, watches the heartbeat, and closes with the code that was earned. */
export class Connection {
  session: Session | undefined;
  readonly #socket: WebSocket;
  readonly #host: ConnectionHost;
  #held: string[] = [];
  #heartbeatDue: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    // The `close` event that always follows tells all there is to know.
    socket.on('error', () => this.#stopWatch());
    socket.on('close', (code) => {
      this.#stopWatch();
      host.closed(this, code);
    });
    this.#restartWatch();
    this.send(control.hello(host.heartbeatInterval));
  }

  get open(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  send(payload: GatewayReceivePayload): void {
    const frame = JSON.stringify(payload);
    if (!this.#host.isFrozen()) {
      this.#transmit(frame);
      return;
    }
    this.#held.push(frame);
    if (this.#held.length > MAX_HELD) this.terminate();
  }

  /** Reads nothing any more. */
  pause(): void {
    this.#stopWatch();
    this.#socket.pause();
  }

  /** Reads what piled up while it was paused. */
  resume(): void {
    if (!this.#socket.isPaused) return;
    this.#socket.resume();
    this.#restartWatch();
  }

  /** Sends what piled up while the gateway was frozen. */
  flush(): void {
    for (const frame of this.#held.splice(0)) this.#transmit(frame);
  }

  close(code: number, reason = ''): void {
    this.#stopWatch();
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#stopWatch();
    this.#held = [];
    this.#socket.terminate();
  }

  #transmit(frame: string): void {
    if (this.open) this.#socket.send(frame);
  }

  #receive(data: RawData, isBinary: boolean): void {
    const text = isBinary ? undefined : data.toString();
    const payload = text === undefined || Buffer.byteLength(text) > MAX_PAYLOAD_BYTES ? undefined : parse(text);
    if (payload === undefined) {
      this.close(GatewayCloseCodes.DecodeError, 'Error while decoding payload.');
      return;
    }
    if (payload.op === GatewayOpcodes.Heartbeat) {
      this.#heartbeat(payload.d);
    } else if (payload.op === GatewayOpcodes.Identify || payload.op === GatewayOpcodes.Resume) {
      if (this.session) this.close(GatewayCloseCodes.AlreadyAuthenticated, 'Already authenticated.');
      else if (payload.op === GatewayOpcodes.Identify) this.#host.identify(this, payload.d);
      else this.#host.resume(this, payload.d);
    } else if (!this.session) {
      this.close(GatewayCloseCodes.NotAuthenticated, 'Not authenticated.');
    } else if (!SILENTLY_ACCEPTED.has(payload.op)) {
      this.close(GatewayCloseCodes.UnknownOpcode, 'Unknown opcode.');
    }
  }

  #heartbeat(sequence: unknown): void {
    this.#restartWatch();
    if (typeof sequence === 'number') this.session?.acknowledge(sequence);
    this.send(control.heartbeatAck());
  }

  #restartWatch(): void {
    this.#stopWatch();
    const timedOut = () => this.close(GatewayCloseCodes.SessionTimedOut, 'Session timed out.');
    this.#heartbeatDue = setTimeout(timedOut, this.#host.heartbeatInterval * 2);
  }

  #stopWatch(): void {
    clearTimeout(this.#heartbeatDue);
  }
}

function parse(text: string): { op: unknown; d: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'op' in value
      ? { op: value.op, d: 'd' in value ? value.d : undefined }
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
