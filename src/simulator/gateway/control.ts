import { GatewayOpcodes, type GatewayReceivePayload } from 'discord.js';

/** The gateway's messages about the connection itself, which have no name and no sequence number. */
export const control = {
  hello: (heartbeatInterval: number) => make(GatewayOpcodes.Hello, { heartbeat_interval: heartbeatInterval }),
  heartbeatAck: () => make(GatewayOpcodes.HeartbeatAck, null),
  reconnect: () => make(GatewayOpcodes.Reconnect, null),
  invalidSession: (resumable: boolean) => make(GatewayOpcodes.InvalidSession, resumable),
};

function make(op: GatewayOpcodes, d: unknown): GatewayReceivePayload {
  return { op, d, s: null, t: null } as unknown as GatewayReceivePayload;
}
