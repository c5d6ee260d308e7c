import { type Handshake, HandshakeRequest, type Payload, type Transport } from '@linkspan/core'

/** A connection without a socket: what the application sends to it is handed over at once. */
export function visitor(receive: (data: Payload) => void): Handshake {
  return {
    request: new HandshakeRequest({ url: '/', headers: { host: 'bench.example' }, address: '192.0.2.1' }),
    accept: ({ sink }): Transport => ({
      bufferedAmount: 0,
      send: (data) => {
        receive(data)
        return 'sent'
      },
      ping: () => {},
      close: (code, reason) => queueMicrotask(() => sink.closed(code, reason)),
      terminate: () => queueMicrotask(() => sink.closed(1006, '')),
    }),
    reject: (status) => {
      throw new Error(`the handshake was refused with ${status}`)
    },
    onAbort: () => {},
  }
}
