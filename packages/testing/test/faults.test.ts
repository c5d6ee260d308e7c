import { beforeAll, describe, expect, it } from 'vitest'
import { describeTransport, type HostFactory, MEMORY_SUPPORT } from '../src/index.js'
import { type Fault, faulty } from './faults.js'

/** The first behaviour that a transport fails, of one chapter or of all. */
async function firstFailure(factory: HostFactory, chapter?: string): Promise<string | undefined> {
  const tests: { readonly name: string; readonly body: () => Promise<void> }[] = []
  let title = ''
  describeTransport({
    factory,
    supports: MEMORY_SUPPORT,
    describe: (name, body) => {
      title = name
      body()
    },
    it: (name, body) => {
      if (chapter === undefined || chapter === title) tests.push({ name, body })
    },
  })
  expect(tests.length).toBeGreaterThan(0)
  for (const { name, body } of tests) {
    try {
      await body()
    } catch (failure) {
      return `${name}: ${String(failure)}`
    }
  }
  return undefined
}

/** Every other call is put off until the one after it was made. */
function swapping<Args extends unknown[]>(call: (...args: Args) => void): (...args: Args) => void {
  let held: Args | undefined
  return (...args) => {
    if (held === undefined) {
      held = args
      queueMicrotask(() => {
        if (held !== args) return
        held = undefined
        call(...args)
      })
      return
    }
    call(...args)
    call(...held)
    held = undefined
  }
}

/** Calls all but every third time. */
function losing<Args extends unknown[], Result>(
  call: (...args: Args) => Result,
  instead: Result,
): (...args: Args) => Result {
  let calls = 0
  return (...args) => {
    calls += 1
    return calls % 3 === 0 ? instead : call(...args)
  }
}

const nothing = (): void => {}

/** Each with the chapter that must notice it. */
const FAULTS: Readonly<Record<string, Fault & { readonly chapter: string }>> = {
  'swaps messages of one packet': {
    chapter: 'handlers',
    sink: (sink) => ({ message: swapping((...args) => sink.message(...args)) }),
  },
  'loses a message of the peer': {
    chapter: 'handlers',
    sink: (sink) => ({ message: losing((...args) => sink.message(...args), undefined) }),
  },
  'loses a message to the peer': {
    chapter: 'sending',
    transport: (t) => ({ send: losing((...args) => t.send(...args), 'sent' as const) }),
  },
  'hands on a message twice': {
    chapter: 'handlers',
    sink: (sink) => ({
      message: (...args) => {
        sink.message(...args)
        sink.message(...args)
      },
    }),
  },
  'takes text for binary': {
    chapter: 'messages',
    sink: (sink) => ({ message: (data) => sink.message(data, true) }),
  },
  'closes twice': {
    chapter: 'closing',
    sink: (sink) => ({
      closed: (...args) => {
        sink.closed(...args)
        sink.closed(...args)
      },
    }),
  },
  'says something after it has closed': {
    chapter: 'closing',
    sink: (sink) => ({
      closed: (...args) => {
        sink.closed(...args)
        sink.pong()
      },
    }),
  },
  'never says that it has closed': { chapter: 'closing', sink: () => ({ closed: nothing }) },
  'says 1006 whatever the peer closed with': {
    chapter: 'endings',
    sink: (sink) => ({ closed: (_, reason, error) => sink.closed(1006, reason, error) }),
  },
  'forgets the reason of a close': {
    chapter: 'endings',
    sink: (sink) => ({ closed: (code, _, error) => sink.closed(code, '', error) }),
  },
  'tells no violation from a cut': {
    chapter: 'messages',
    sink: (sink) => ({ closed: (code, reason) => sink.closed(code, reason) }),
  },
  'never drains': { chapter: 'the outbox', sink: () => ({ drain: nothing }) },
  'tells of no pong': { chapter: 'heartbeat', sink: () => ({ pong: nothing }) },
  'does not ping': { chapter: 'heartbeat', transport: () => ({ ping: nothing }) },
  'does not close': { chapter: 'closing', transport: () => ({ close: nothing }) },
  'closes with another code': {
    chapter: 'closing',
    transport: (t) => ({ close: (_, reason) => t.close(1000, reason) }),
  },
  'cuts instead of closing': { chapter: 'closing', transport: (t) => ({ close: () => t.terminate() }) },
  'closes instead of cutting': {
    chapter: 'endings',
    transport: (t) => ({ terminate: () => t.close(1000, '') }),
  },
  'does not stop reading': { chapter: 'the inbox', transport: () => ({ pause: nothing }) },
  'does not read on': { chapter: 'the inbox', transport: () => ({ resume: nothing }) },
  'cannot pause, though it says so': {
    chapter: 'messages',
    transport: () => ({ pause: undefined, resume: undefined }) as object,
  },
  'takes everything for sent': {
    chapter: 'the outbox',
    transport: (t) => ({
      send: (...args) => {
        t.send(...args)
        return 'sent'
      },
    }),
  },
  'throws where a socket is gone': {
    chapter: 'closing',
    transport: (t) => ({
      send: (data, binary) => {
        const result = t.send(data, binary)
        if (result === 'dropped') throw new Error('the socket is gone')
        return result
      },
      terminate: () => {
        throw new Error('the socket is gone')
      },
    }),
  },
  'does not tell of a client that leaves early': {
    chapter: 'handshake',
    handshake: () => ({ onAbort: nothing }),
  },
  'refuses with another body': {
    chapter: 'refusing',
    handshake: (h) => ({ reject: (status, headers) => h.reject(status, headers, '') }),
  },
  'refuses without headers': {
    chapter: 'refusing',
    handshake: (h) => ({ reject: (status, _, body) => h.reject(status, {}, body) }),
  },
  'does not send the subprotocol': {
    chapter: 'handshake',
    handshake: (h) => ({ accept: (upgrade) => h.accept({ ...upgrade, protocol: '' }) }),
  },
  'never answers': { chapter: 'refusing', handshake: () => ({ reject: nothing }) },
}

describe('a transport with a fault fails the suite: it', () => {
  // What does not happen is waited for, so all are waited for at once.
  const failures = new Map<string, Promise<string | undefined>>()
  beforeAll(() => {
    for (const [name, fault] of Object.entries(FAULTS)) {
      failures.set(name, firstFailure(faulty(fault), fault.chapter))
    }
  })
  it.each(Object.keys(FAULTS))('%s', { timeout: 30_000 }, async (name) => {
    expect(await failures.get(name)).toBeDefined()
  })
})

it('passes a transport that has none', async () => {
  expect(await firstFailure(faulty({}))).toBeUndefined()
})
