import * as http from 'node:http';
import * as https from 'node:https';
import { TLSSocket } from 'node:tls';

/** Tells afterwards whether a request can have left this machine. */
export interface Reach {
  /** For axios's `transport`. */
  readonly transport: { request: typeof http.request };
  /** False proves that not a byte of the request was written; true proves nothing. */
  mayHaveBegun(): boolean;
}

/**
 * Watches one request's socket. While a connection is still being made (name lookup, TCP, TLS handshake with its certificate check) Node
 * keeps the request in memory, so a failure then is a safe retry whatever its code is: a refusal, a failed lookup, a firewall that
 * swallows packets until our timeout, a wrong certificate. From the moment the connection stands, nothing can be proved any more.
 */
export function watchReach(): Reach {
  let begun = false;
  const begin = () => {
    begun = true;
  };
  const request = (options: https.RequestOptions, onResponse?: (response: http.IncomingMessage) => void) => {
    const sent = (options.protocol === 'https:' ? https : http).request(options, onResponse);
    sent.once('socket', (socket) => {
      if (!socket.connecting) begin();
      else socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', begin);
    });
    return sent;
  };
  return { transport: { request: request as typeof http.request }, mayHaveBegun: () => begun };
}
