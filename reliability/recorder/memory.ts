import {
  type FlightRecorder,
  flightRecorder,
  HandshakeRequest,
  type Linkspan,
  linkspan,
  type Transport,
} from '@linkspan/core'

/** Bytes that a process holds: the heap, and what typed arrays have beside it. */
async function held(): Promise<number> {
  for (let round = 0; round < 6; round += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
    globalThis.gc?.()
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const silent: Transport = {
  bufferedAmount: 0,
  send: () => 'sent',
  ping: () => {},
  close: () => {},
  terminate: () => {},
}

function application(recorder: FlightRecorder | undefined): Linkspan<unknown> {
  return linkspan({ origin: '*', heartbeat: false, ...(recorder === undefined ? {} : { recorder }) })
    .use(function authenticate(conn, next) {
      conn.authenticate({ subject: 'somebody' })
      return next()
    })
    .use(function profile(_conn, next) {
      return next({ profile: 1 })
    })
    .message((conn, message) => void conn.send(message)) as Linkspan<unknown>
}

/** Bytes that one of so many connections takes, each of which has had a message; or has left, if `over`. */
async function bytesEach(
  recorder: FlightRecorder | undefined,
  connections: number,
  over = false,
): Promise<number> {
  const app = application(recorder)
  const request = new HandshakeRequest({ url: '/', headers: { host: 'here' }, address: '192.0.2.1' })
  const before = await held()
  for (let count = 0; count < connections; count += 1) {
    app.handle({
      request,
      accept: ({ sink }) => {
        setImmediate(() => {
          sink.message(new Uint8Array(8), false)
          if (over) sink.closed(1000, '')
        })
        return silent
      },
      reject: () => {},
      onAbort: () => {},
    })
  }
  const after = await held()
  const { active } = app.stats().gauges.connections
  if (active !== (over ? 0 : connections)) throw new Error(`${active} connections are active`)
  return (after - before) / connections
}

/** Bytes of a connection. */
export interface Bytes {
  /** Without a recorder, and with one. */
  readonly off: number
  readonly on: number
  /** Of the recording of one that is over. */
  readonly over: number
}

/** What a recorder adds to a connection: the middle of some rounds, after one that is thrown away. */
export async function recorderBytes(connections: number, rounds: number): Promise<Bytes> {
  const figures: Bytes[] = []
  for (let round = 0; round <= rounds; round += 1) {
    const off = await bytesEach(undefined, connections)
    const on = await bytesEach(flightRecorder(), connections)
    const none = await bytesEach(flightRecorder({ closed: 0 }), connections, true)
    const all = flightRecorder({ closed: connections, closedBytes: Number.MAX_SAFE_INTEGER })
    const over = (await bytesEach(all, connections, true)) - none
    if (round > 0) figures.push({ off, on, over })
  }
  figures.sort((one, other) => one.on - one.off - (other.on - other.off))
  const { off, on, over } = figures[Math.floor(figures.length / 2)] as Bytes
  return { off: Math.round(off), on: Math.round(on), over: Math.round(over) }
}
