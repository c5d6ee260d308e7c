import type { Handshake, Linkspan, Transport, TransportSink } from '@linkspan/core'
import { type HostFactory, memoryHost } from '../src/index.js'

/** What is wrong with a transport that is otherwise sound. */
export interface Fault {
  readonly sink?: (sink: TransportSink) => Partial<TransportSink>
  readonly transport?: (transport: Transport) => Partial<Transport>
  readonly handshake?: (handshake: Handshake) => Partial<Handshake>
}

const CALLS = ['message', 'ping', 'pong', 'drain', 'closed'] as const

/** A transport with a fault in it, by default the memory transport. */
export function faulty(fault: Fault, factory: HostFactory = memoryHost): HostFactory {
  return (app) => {
    const handle = (handshake: Handshake): void => app.handle(spoil(handshake, fault))
    return factory(Object.create(app, { handle: { value: handle } }) as Linkspan<unknown>)
  }
}

function spoil(handshake: Handshake, fault: Fault): Handshake {
  const sound: Handshake = {
    request: handshake.request,
    accept: (upgrade) => {
      const sink = { ...bound(upgrade.sink), ...fault.sink?.(upgrade.sink) }
      const transport = handshake.accept({ ...upgrade, sink })
      return Object.assign(whole(transport), fault.transport?.(transport))
    },
    reject: (...args) => handshake.reject(...args),
    onAbort: (callback) => handshake.onAbort(callback),
  }
  return { ...sound, ...fault.handshake?.(handshake) }
}

function bound(sink: TransportSink): TransportSink {
  return Object.fromEntries(
    CALLS.map((call) => [call, (...args: never[]) => (sink[call] as (...args: never[]) => void)(...args)]),
  ) as unknown as TransportSink
}

function whole(transport: Transport): Transport {
  return {
    get bufferedAmount() {
      return transport.bufferedAmount
    },
    send: (data, binary) => transport.send(data, binary),
    ping: () => transport.ping(),
    close: (code, reason) => transport.close(code, reason),
    terminate: () => transport.terminate(),
    pause: () => transport.pause?.(),
    resume: () => transport.resume?.(),
  }
}
